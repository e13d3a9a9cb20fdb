-- Feedback is given, undone or over: note it, apply it to the incidents it reaches, and put it on its way to the archive.
-- KEYS  feedback:version, feedback, feedback:index, stream_feedback, feedback:expiring, feedback count of the key,
--       archive:feedback, stream_incidents, silenced (of this feedback), totals, alerts:due; then each incident to change
-- ARGV  feedback id, JSON, now_ms, version as read, incidents known for the stream ("," joined, as read), in force?
--       (0/1), expires at (ms, "" = never), quota ("" = free), feedback kept, name of the counter, state after a
--       silence ("" = as before), kept for (s), who, number of incidents; then for each incident: silencing feedback ("" = none),
--       judge it? (0/1), category, note, ms, who, feedback id; then flags for the archive
-- reply ok | stale (read again) | quota | full
if (redis.call('GET', KEYS[1]) or '0') ~= ARGV[4] then return 'stale' end
if table.concat(redis.call('ZRANGE', KEYS[8], 0, -1), ',') ~= ARGV[5] then return 'stale' end
local id, now, incidents = ARGV[1], ARGV[3], tonumber(ARGV[14])

if ARGV[8] ~= '' then
  if redis.call('HEXISTS', KEYS[2], id) == 0 and redis.call('HLEN', KEYS[2]) >= tonumber(ARGV[9]) then return 'full' end
  if tonumber(redis.call('GET', KEYS[6]) or '0') >= tonumber(ARGV[8]) then return 'quota' end
  redis.call('INCR', KEYS[6])
  redis.call('EXPIRE', KEYS[6], 172800)
end

redis.call('INCR', KEYS[1])
redis.call('HSET', KEYS[2], id, ARGV[2])
redis.call('ZADD', KEYS[3], 'NX', now, id)
redis.call('HINCRBY', KEYS[10], ARGV[10], 1)
if ARGV[6] == '1' then
  redis.call('SADD', KEYS[4], id)
  if ARGV[7] ~= '' then redis.call('ZADD', KEYS[5], ARGV[7], id) else redis.call('ZREM', KEYS[5], id) end
else
  redis.call('SREM', KEYS[4], id)
  redis.call('ZREM', KEYS[5], id)
end

for i = 1, incidents do
  local key, at = KEYS[11 + i], 15 + 7 * (i - 1)
  local silencing, state = ARGV[at], redis.call('HGET', key, 'state')
  if state and silencing ~= '' and state ~= 'muted' then
    if state ~= 'silenced' then
      redis.call('HSET', key, 'state', 'silenced', 'state_before', state, 'state_changed_ms', now, 'state_changed_by', ARGV[13])
      redis.call('HINCRBY', key, 'version', 1)
      redis.call('HDEL', key, 'alert_held')
    end
    redis.call('HSET', key, 'silenced_by', silencing)
    if silencing == id then redis.call('ZADD', KEYS[9], now, string.match(key, '[^:]+$')) end
  elseif state == 'silenced' and silencing == '' then
    local after = ARGV[11]
    -- one that was silenced from its first flag on has never alerted: its next flag reopens it, and alerts
    if after == '' then after = redis.call('HGET', key, 'state_before') or 'resolved' end
    local held = redis.call('HGET', key, 'alert_held')
    if held and after == 'open' then redis.call('ZADD', KEYS[11], now, string.match(key, '[^:]+$') .. ':' .. held) end
    redis.call('HSET', key, 'state', after, 'state_changed_ms', now, 'state_changed_by', ARGV[13])
    redis.call('HINCRBY', key, 'version', 1)
    redis.call('HDEL', key, 'silenced_by', 'state_before', 'alert_held')
  end
  if state and ARGV[at + 1] == '1' then
    if ARGV[at + 6] == '' and redis.call('HEXISTS', key, 'people_feedback') == 1 then
      redis.call('HDEL', key, 'people_category', 'people_note', 'people_ms', 'people_by', 'people_feedback')
    elseif ARGV[at + 6] ~= '' then
      redis.call('HSET', key, 'people_category', ARGV[at + 2], 'people_note', ARGV[at + 3], 'people_ms', ARGV[at + 4],
        'people_by', ARGV[at + 5], 'people_feedback', ARGV[at + 6])
    end
  end
end
if ARGV[6] == '1' then redis.call('EXPIRE', KEYS[9], ARGV[12]) else redis.call('DEL', KEYS[9]) end

local entry = {'f', ARGV[2]}
if redis.call('XLEN', KEYS[7]) < 5000 then
  for i = 15 + 7 * incidents, #ARGV do
    entry[#entry + 1] = 'w' .. (i - 14 - 7 * incidents)  -- w1, w2, ...
    entry[#entry + 1] = ARGV[i]
  end
end
redis.call('XADD', KEYS[7], '*', unpack(entry))
return 'ok'
