"""The GraphQL engine: declared sources, and the interpreter that reads them in batches.

Knows GraphQL and SQL and no noun of the project. Modules, in the order in which a request meets them:
declare → sources → interpreter → loaders → statements → keyset; beside them access, filters, ids, errors.
"""
