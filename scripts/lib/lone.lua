--- lone.lua: lone(n, batch): whether the last batch of n samples would hold one alone.  Batch norm has no variance of
-- one value, so it is left out (data.loader's drop_last); in the order of the next pass it is another one.
return function(n, batch) return n > batch and n % batch == 1 end
