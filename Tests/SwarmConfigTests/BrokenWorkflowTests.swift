import SwarmConfig
import SwarmModel
import Testing

/// One mistake in a workflow, one report with the exact place.
@Suite("A broken workflow")
struct BrokenWorkflowTests {
    @Test("Each mistake is reported where it is", arguments: mistakes)
    func mistake(_ mistake: Mistake) throws { try mistake.expectReport() }

    private static let file = "workflows/order.json"

    private static let mistakes = [
        Mistake(
            file,
            #""needs": ["prices"]"#,
            #"@@"need": ["prices"]"#,
            """
            error: unknown key "need" in @@  (subtasks.post)
              did you mean "needs"? a subtask takes: capability, agent, description, args, needs, \
            for_each, max_parallel, timeout, retry, unknown_outcome, on_failure, on_unavailable, \
            pivot, finally, priority, semaphores; see: swarm config schema workflow
            """
        ),
        Mistake(
            file,
            #""needs": ["prices"]"#,
            #""needs": [@@"pirces"]"#,
            """
            error: no subtask is named "pirces" in @@  (subtasks.post.needs[0])
              did you mean "prices"? there are: prices, first
            """
        ),
        Mistake(
            file,
            #""needs": ["prices"]"#,
            #""needs": ["prices", @@"prices"]"#,
            """
            error: "prices" is listed twice in "needs" in @@  (subtasks.post.needs[1])
            """
        ),
        Mistake(
            file,
            #""${first.cents}""#,
            #"@@"${frist.cents}""#,
            """
            error: no subtask is named "frist" in ${frist.cents} in @@  \
            (subtasks.post.args.amount_cents)
              did you mean "first"? there are: prices, first, input
            """
        ),
        Mistake(
            file,
            #""${first.cents}""#,
            #"@@"${first.cents""#,
            """
            error: "${first.cents" is not a reference: "${" has no closing "}" in @@  \
            (subtasks.post.args.amount_cents)
              write $${ for the characters themselves
            """
        ),
        Mistake(
            file,
            #""${first.cents}""#,
            #"@@"${first.offers}""#,
            """
            error: "amount_cents" of capability "post_entry" is of type integer, and \
            ${first.offers} is of type array in @@  (subtasks.post.args.amount_cents)
            """
        ),
        Mistake(
            file,
            #""${first.cents}""#,
            #"@@"about ${first.cents}""#,
            """
            error: "amount_cents" of capability "post_entry" is of type integer, and this is a \
            text in @@  (subtasks.post.args.amount_cents)
            """
        ),
        Mistake(
            file,
            #""${input.account}""#,
            #"@@"${input.acount}""#,
            """
            error: the input schema has no "acount" in ${input.acount} in @@  \
            (subtasks.post.args.account)
              did you mean "account"? there are: orders, account
            """
        ),
        Mistake(
            file,
            #""${input.account}""#,
            #"@@"${item.account}""#,
            """
            error: ${item.account} means nothing without "for_each" in @@  \
            (subtasks.post.args.account)
              add "for_each" to the subtask, or refer to another value
            """
        ),
        Mistake(
            file,
            #""${input.account}""#,
            #"@@"${input.account.owner}""#,
            """
            error: ${input.account.owner} asks for member "owner" of a value of type string in @@  \
            (subtasks.post.args.account)
            """
        ),
        Mistake(
            file,
            #""${post.entry_id}""#,
            #"@@"${post.entry}""#,
            """
            error: what "post" returns has no "entry" in ${post.entry} in @@  (output.entry)
              there are: entry_id
            """
        ),
        Mistake(
            file,
            #""${prices[*].cents}""#,
            #"@@"${prices.cents}""#,
            """
            error: "prices" returns an array, one result for each item, which has no "cents" in \
            @@  (output.all)
              did you mean "${prices[*].cents}"?
            """
        ),
        Mistake(
            file,
            #""${prices[*].cents}""#,
            #"@@"${prices[*].cent}""#,
            """
            warning: what "prices" returns has no "cent" in ${prices[*].cent} in @@  (output.all)
              did you mean "cents"? there are: cents, offers
            """
        ),
        Mistake(
            file,
            #""${prices[*].cents}""#,
            #"@@"${item}""#,
            """
            error: ${item} means nothing in the output of the workflow in @@  (output.all)
              refer to a subtask or to the input
            """
        ),
        Mistake(
            file,
            #""for_each": "${input.orders}""#,
            #""for_each": @@"input.orders""#,
            """
            error: "for_each" is "input.orders" in @@  (subtasks.prices.for_each)
              expected a reference such as "${list.items}"
            """
        ),
        Mistake(
            file,
            #""for_each": "${input.orders}""#,
            #""for_each": @@7"#,
            """
            error: "for_each" is 7 in @@  (subtasks.prices.for_each)
              expected a reference such as "${list.items}", or an array
            """
        ),
        Mistake(
            file,
            #""for_each": "${input.orders}""#,
            #""for_each": @@"${input.account}""#,
            """
            error: "for_each" needs an array, and ${input.account} is of type string in @@  \
            (subtasks.prices.for_each)
            """
        ),
        Mistake(
            file,
            #""capability": "post_entry""#,
            #""capability": @@"post_entry@2""#,
            """
            error: no agent offers capability "post_entry" in version 2 in @@  \
            (subtasks.post.capability)
              there are: 1.0.0 by ledger
            """
        ),
        Mistake(
            file,
            #""capability": "post_entry""#,
            #""agent": "ledger", "capability": @@"post_entry@1.1""#,
            """
            error: agent "ledger" does not offer capability "post_entry" in version 1.1 in @@  \
            (subtasks.post.capability)
              there are: 1.0.0 by ledger
            """
        ),
        Mistake(
            file,
            #""capability": "post_entry""#,
            #""capability": @@"post_entri""#,
            """
            error: no agent offers capability "post_entri" in @@  (subtasks.post.capability)
              did you mean "post_entry"? there are: quote, post_entry, get_entry, reverse_entry
            """
        ),
        Mistake(
            file,
            #""needs": ["prices"],"#,
            #""needs": ["prices"], "agent": @@"ledgers","#,
            """
            error: there is no agent "ledgers" in @@  (subtasks.post.agent)
              did you mean "ledger"? there are: pricing, ledger
            """
        ),
        Mistake(
            file,
            #""capability": "post_entry""#,
            #""agent": "pricing", "capability": @@"post_entry""#,
            """
            error: agent "pricing" does not offer capability "post_entry" in @@  \
            (subtasks.post.capability)
              there are: quote
            """
        ),
        Mistake(
            file,
            #""needs": ["prices"],"#,
            #""needs": ["prices"], "semaphores": [@@"write"],"#,
            """
            error: there is no semaphore "write" in @@  (subtasks.post.semaphores[0])
              there are: ledger-write
            """
        ),
        Mistake(
            file,
            #"{ "sku": "A" } }"#,
            #"{ "sku": "A" }, "needs": ["post"] }"#,
            """
            error: the subtasks wait for each other: first -> post -> first in \
            workflows/order.json:23:5  (subtasks.first)
              each must be able to start before what waits for it; remove a reference or an entry \
            of "needs"
            """
        ),
        Mistake(
            file,
            #"{ "sku": "A" } }"#,
            #"{ "sku": "A" }, "needs": ["first"] }"#,
            """
            error: subtask "first" waits for itself in workflows/order.json:23:5  (subtasks.first)
              each must be able to start before what waits for it; remove a reference or an entry \
            of "needs"
            """
        ),
        Mistake(
            file,
            #"{ "sku": "A" }"#,
            #"{ "sku": @@5 }"#,
            """
            error: "sku" does not fit capability "quote": must be a string, found a number in @@  \
            (subtasks.first.args.sku)
            """
        ),
        Mistake(
            file,
            #""quantity": 1"#,
            #""quantity": @@0"#,
            """
            error: "quantity" does not fit capability "quote": must be at least 1, found 0 in @@  \
            (subtasks.prices.args.quantity)
            """
        ),
        Mistake(
            file,
            #"{ "sku": "A" }"#,
            #"@@{ }"#,
            """
            error: capability "quote" needs "sku" in @@  (subtasks.first.args)
              it takes: sku, quantity
            """
        ),
        Mistake(
            file,
            #"{ "sku": "A" }"#,
            #"{ "sku": "A", @@"quantty": 2 }"#,
            """
            error: capability "quote" takes no "quantty" in @@  (subtasks.first.args.quantty)
              did you mean "quantity"? it takes: sku, quantity
            """
        ),
        Mistake(
            file,
            #""account": { "type": "string" }"#,
            #""account": @@{ "type": "string", "minLength": -1 }"#,
            """
            error: "input" is not a valid JSON Schema: minLength must be an integer from 0, found \
            a number; correct the value, or leave the keyword out in @@  (input.properties.account)
            """
        ),
        Mistake(
            file,
            #""entry": "${post.entry_id}", "all""#,
            #""all""#
        ),
        Mistake(
            file,
            #""${first.cents}" }"#,
            #"7 }"#,
            """
            warning: nothing uses the result of "first", and its capability changes nothing in \
            workflows/order.json:23:5  (subtasks.first)
              refer to ${first} in another subtask or in "output", or remove it
            """
        ),
        Mistake(
            file,
            #""account": { "type": "string" }"#,
            #""account": { "type": "string", "default": @@7 }"#,
            """
            error: the default of "account" does not fit its own schema: must be a string, found a \
            number in @@  (input.properties.account.default)
            """
        ),
        Mistake(
            file,
            #""timeout": "10s""#,
            #""timeout": @@10"#,
            """
            error: "timeout" is the bare number 10 in @@  (subtasks.post.timeout)
              did you mean "10s"? expected a duration with a unit, at least 1ms
            """
        ),
        Mistake(
            file,
            #""max_attempts": 2"#,
            #""max_attempts": @@0"#,
            """
            error: "max_attempts" is 0 in @@  (subtasks.post.retry.max_attempts)
              expected an integer from 1 to 1000
            """
        ),
        Mistake(
            file,
            #""retry": {"#,
            #"@@"max_parallel": 3, "retry": {"#,
            """
            warning: "max_parallel" does nothing without "for_each" in @@  \
            (subtasks.post.max_parallel)
              remove it, or add "for_each"
            """
        ),
        Mistake(
            file,
            #""first": {"#,
            #"@@"input": { "capability": "quote" }, "first": {"#,
            """
            error: "input" is not a valid name in @@  (subtasks)
              expected a name of up to 128 letters, digits, _ and -, other than input, item and \
            item_index
            """
        ),
    ]
}
