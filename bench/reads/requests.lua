-- wrk: sends the bodies of the file BODIES, a line each, over and over, and writes figures to the file RESULT.

local requests, position = {}, 0
local headers = {
  ["Host"] = "127.0.0.1",
  ["Content-Type"] = "application/json",
  ["Accept"] = "application/graphql-response+json, application/json",
}

function init()
  for line in io.lines(os.getenv("BODIES")) do
    requests[#requests + 1] = wrk.format("POST", nil, headers, line)
  end
end

function request()
  position = position % #requests + 1
  return requests[position]
end

function done(summary, latency)
  local errors = summary.errors
  local file = io.open(os.getenv("RESULT"), "w")
  file:write(string.format(
    '{"requests": %d, "duration_s": %f, "bytes": %d, "errors": %d, "p50_ms": %f, "p99_ms": %f}',
    summary.requests, summary.duration / 1e6, summary.bytes,
    errors.status + errors.connect + errors.read + errors.write + errors.timeout,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000))
  file:close()
end
