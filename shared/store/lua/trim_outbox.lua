-- A batch is in the archive: take it out of its outbox.
-- KEYS  outbox, archive:batch, archive:bytes
-- ARGV  id of the batch's last entry, name of the outbox, bytes that the batch was counted for
redis.call('HDEL', KEYS[2], ARGV[2])
local removed = 0
while true do
  local entries = redis.call('XRANGE', KEYS[1], '-', ARGV[1], 'COUNT', 500)
  if #entries == 0 then break end
  local ids = {}
  for _, entry in ipairs(entries) do ids[#ids + 1] = entry[1] end
  removed = removed + redis.call('XDEL', KEYS[1], unpack(ids))
end
-- Counted only by who removed it: a second archiver that comes late changes nothing.
if removed > 0 and ARGV[3] ~= '0' then
  if redis.call('XLEN', KEYS[1]) == 0 then redis.call('SET', KEYS[3], 0) else redis.call('DECRBY', KEYS[3], ARGV[3]) end
end
return removed
