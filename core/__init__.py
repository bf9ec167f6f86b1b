"""What logtally knows and does. Imports nothing from the doors (worker, api, cli).

    nouns             model, errors, facts, limits, places, printable
    settings          settings, few_settings, values, allowed, origins
    files of them     config_file, written, toml_text, yaml_text, json_text
    rules             rules, rule_settings, rule_file, presets, trial
    bytes to lines    inflate, lines, cuts
    lines to errors   times, spellings, entries, analysis, part
    what they mean    cells, levels, reports, alerts, examine
    growing files     heads, growth
    coming in         events, intake, inventory
    counting once     push, outcomes, writers
    the ledger        history, accounts, lookup, balance, audit, forgetting
    dead letters      letters, sift
    the world         aws, opening, policies, checkup, findings, costs
    a process         cpus, stop, logs, meters

Which may import which, pyproject.toml says: there each stands in a layer.
"""
