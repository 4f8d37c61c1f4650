"""The GraphQL engine: declared sources, the plans that answer them in one statement, and the interpreter behind.

Knows GraphQL and SQL and no noun of the project. Declaring: declare → sources, conditions, filters, access. By plan
(docs/plans.md): plans → plan → islands → json_sql, splice → projection. By interpreter: interpreter → loaders →
statements. Both: keyset, cursors, ids, rows, limits, moments, errors, store_errors.
"""
