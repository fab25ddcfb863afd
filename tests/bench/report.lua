-- Prints what wrk has measured as a JSON object, in the names of meter.c.

function done(summary, latency)
    local errors = summary.errors
    local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
    local seconds = summary.duration / 1000000
    io.write(string.format(
        '{"done": %d, "failed": %d, "seconds": %.3f, "rate": %.2f, "p50": %d, "p99": %d}\n',
        summary.requests, failed, seconds, summary.requests / seconds,
        latency:percentile(50), latency:percentile(99)))
end
