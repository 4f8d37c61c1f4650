// Prints the audit's verdicts on the server at the given address, as JSON.
import { auditServer } from 'graphql-http';

const verdicts = await auditServer({ url: process.argv[2], fetchFn: fetch });
console.log(JSON.stringify(verdicts.map(({ id, name, status, reason }) => ({ id, name, status, reason }))));
