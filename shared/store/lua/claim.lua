-- Lease due streams, the one that has waited longest first.
-- KEYS  due
-- ARGV  now_ms, lease until (ms), events allowed, streams allowed, worker, key prefix of stream hashes,
--       attempts before halving
-- reply for each stream {name, token, attempts, state, rule, cursor, folded, folded marks, events, baseline version,
--                        sequence? , alone?, last resort?}
--
-- A range that has failed too often is halved at each further failure until one event or mark stands alone ("limit" 1);
-- when that fails too, it is given out as a last resort. "bad_until" is the end of the range that failed last: once
-- the fold is past it, the stream is back to normal.
redis.call('ZREM', KEYS[1], '')  -- a first write that a full Redis 6.2 allows, and after which it allows the others
local now, budget, allowed_attempts = ARGV[1], tonumber(ARGV[3]), tonumber(ARGV[7])
local claims = {}
for _, name in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, ARGV[4])) do
  if budget <= 0 then break end
  local stream = ARGV[6] .. name
  local h = redis.pcall('HMGET', stream, 'head', 'folded', 'marks', 'folded_marks', 'attempts', 'limit', 'bad_until',
    'range', 'state', 'cursor', 'baseline_version', 'sequence_ttl', 'first_rule')
  local head, folded = tonumber(h[1]), tonumber(h[2])  -- nil too if the key is no hash: out of the way with it
  if not head or not folded or (head <= folded and (tonumber(h[3]) or 0) <= (tonumber(h[4]) or 0)) then
    redis.call('ZREM', KEYS[1], name)
  else
    local waiting = head - folded
    local failed, limit, last_resort = tonumber(h[5]) or 0, tonumber(h[6]), 0
    local range = tonumber(h[8]) or 0
    if failed > 0 and limit then
      redis.call('HSET', stream, 'bad_until', string.format('%.0f', folded + math.min(limit, range)))
      if limit == 1 then last_resort = 1 end
      limit = math.max(1, math.floor(limit / 2))
    elseif failed >= allowed_attempts then
      redis.call('HSET', stream, 'bad_until', string.format('%.0f', folded + range))
      limit = math.max(1, math.floor(range / 2))
    end
    local events = math.min(waiting, budget)
    if limit then
      events = math.min(events, limit)
      redis.call('HSET', stream, 'limit', limit)
    end
    budget = budget - math.max(events, 1)
    local token = redis.call('HINCRBY', stream, 'token', 1)
    redis.call('HSET', stream, 'holder', token, 'worker', ARGV[5], 'lease_until', ARGV[2],
      'attempts', failed + 1, 'range', events)
    redis.call('ZADD', KEYS[1], ARGV[2], name)
    claims[#claims + 1] = {name, token, failed + 1, h[9] or '', h[13] or '', h[10] or '0', h[2], h[4] or '0', events,
      h[11] or '0', h[12] and 1 or 0, limit == 1 and 1 or 0, last_resort}
  end
end
return claims
