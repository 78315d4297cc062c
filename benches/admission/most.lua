-- Asks as often as is answered, with one body after another.
--
-- BODIES names a file with a body on each line. What stands in a body where `@@` does is another
-- number every time. The last line of what is printed is a JSON object.

local bodies = {}
for line in io.lines(os.getenv("BODIES")) do
   local from, to = line:find("@@", 1, true)
   if from then
      bodies[#bodies + 1] = { line:sub(1, from - 1), line:sub(to + 1) }
   else
      bodies[#bodies + 1] = { line }
   end
end

local headers = { ["Content-Type"] = "application/json" }
local asked = 0

function request()
   local body = bodies[asked % #bodies + 1]
   asked = asked + 1
   local text = body[1]
   if body[2] then
      text = text .. asked .. body[2]
   end
   return wrk.format("POST", nil, headers, text)
end

function done(summary, latency)
   local errors = summary.errors
   local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
   local told = '\n{"requests": %d, "seconds": %f, "p50": %f, "p99": %f, "failed": %d}\n'
   io.write(told:format(
      summary.requests,
      summary.duration / 1e6,
      latency:percentile(50) / 1e3,
      latency:percentile(99) / 1e3,
      failed
   ))
end
