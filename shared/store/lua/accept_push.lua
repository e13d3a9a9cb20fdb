-- Append one push: what it costs depends on how many streams it touches, not on how many lines it brings.
-- KEYS  push key, job, totals, due, open, streams; then for each part: stream, blocks
-- ARGV  now_ms, body digest ("" = no idempotency key), key ttl (ms), job id, job ttl (s), lines, job record,
--       pending events allowed, sequence? (0/1), events in all; then for each part: name, rule, events, block
-- reply {"ok", job id} | {"replay", job id} | {"conflict"} | {"overloaded"}
local now, digest, job_id = ARGV[1], ARGV[2], ARGV[4]
local is_sequence = ARGV[9] == '1'

if digest ~= '' then
  local known = redis.call('GET', KEYS[1])
  if known then
    local known_digest, known_job = string.match(known, '^(%S+) (%S+)$')
    if known_digest == digest then
      redis.call('HINCRBY', KEYS[3], 'replays', 1)
      return {'replay', known_job}
    end
    return {'conflict'}
  end
end

local counts = redis.call('HMGET', KEYS[3], 'events', 'scored')
if (tonumber(counts[1]) or 0) - (tonumber(counts[2]) or 0) + tonumber(ARGV[10]) > tonumber(ARGV[8]) then
  return {'overloaded'}
end

-- From here on everything is written: the first write is one that a full Redis refuses before anything happened.
if digest ~= '' then
  redis.call('SET', KEYS[1], digest .. ' ' .. job_id, 'PX', ARGV[3])
end

local firsts = {}
local parts = (#KEYS - 6) / 2
for i = 1, parts do
  local stream, blocks = KEYS[5 + 2 * i], KEYS[6 + 2 * i]
  local name, rule, events, block = ARGV[7 + 4 * i], ARGV[8 + 4 * i], tonumber(ARGV[9 + 4 * i]), ARGV[10 + 4 * i]
  local have = redis.call('HMGET', stream, 'head', 'rule', 'marks')
  local head = tonumber(have[1]) or 0
  if not have[1] then
    redis.call('HSET', stream, 'first_rule', rule, 'rule', rule, 'cursor', 0, 'folded', 0, 'folded_marks', 0)
  elseif have[2] ~= rule then
    local mark = (tonumber(have[3]) or 0) + 1
    redis.call('XADD', blocks, string.format('%.0f-%.0f', head, mark), 'f', 1, 'r', rule)
    redis.call('HSET', stream, 'rule', rule)
  end
  local new_head = string.format('%.0f', head + events)
  redis.call('XADD', blocks, new_head .. '-0', 'n', events, 'b', block)
  firsts[i] = string.format('%.0f', head)
  if is_sequence then
    redis.call('XADD', blocks, new_head .. '-1', 'f', 1)
    redis.call('HSET', stream, 'head', new_head, 'marks', 1, 'sequence_ttl', ARGV[5])
  else
    redis.call('HSET', stream, 'head', new_head, 'marks', 0)
    redis.call('ZADD', KEYS[5], now, name)
    redis.call('ZADD', KEYS[6], now, name)
  end
  redis.call('ZADD', KEYS[4], 'NX', now, name)
end

redis.call('SET', KEYS[2], table.concat(firsts, ',') .. '\n' .. ARGV[7], 'EX', ARGV[5])
redis.call('HINCRBY', KEYS[3], 'jobs', 1)
redis.call('HINCRBY', KEYS[3], 'lines', ARGV[6])
redis.call('HINCRBY', KEYS[3], 'events', ARGV[10])
return {'ok', job_id}
