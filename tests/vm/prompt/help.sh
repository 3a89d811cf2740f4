#!/bin/bash
# shellcheck disable=SC1091,SC2154  # terminal.sh has them
# help.sh: the prompt under a real terminal: help finds what people type (row 35 of the REPL's table).
source "$(dirname "$0")/../terminal.sh"
cd "$work" || exit 1
begin h

# answers QUESTION REGEX: what is shown for it
answers() {
  clear h
  enter h "$1"
  expect "$1" h "$2"
}
answers '?net.fit' '^net:fit\{'
answers 'net.fit?' '^net:fit\{'
answers '?opt.step' '^opt:step\('
answers '?Adam' '^optim\.Adam\{'
answers '?torch.optim.SGD' '^optim\.SGD\{'
answers '?size' '^x:size\('
answers '?len' '^x:size\('
answers 'help "concatenate"' '^tensor\.cat\('
answers '?vstack' '^tensor\.cat\('
answers '?onehot' 'tensor\.one_hot\('
answers '?save model' '^net:save\('
answers '?dataloader' 'data\.loader\{'
answers '?CrossEntropyLoss' '^nn\.cross_entropy\('
answers '?manual_seed' '^tensor\.seed\('
answers '?imshow' '^viz\.image\('
answers '?early stopping' '^net:fit\{'
answers '?early_stopping' '^net:fit\{'
answers '?matmul' '^mm '
answers '?repmat' '^tile '
answers '?meshgrid' '^tensor\.meshgrid\('
answers '?gpu' '^lunette\.threads '
answers '?device' '^lunette\.threads '
answers '?astype' '^to '
answers '?scheduler' '^optim\.cosine '
answers '?kaiming' '^nn\.init\.he_normal '
answers '?conv transpose' '^nn\.ConvTranspose2d '
equal "every word counts" "$(lines h '^conv1d |^transpose ')" 0
answers '?learning rate' '^optim\.Adam '
answers ':' '^:who +your variables'
equal ": lists the commands, each with what it does" "$(lines h '^:(run|save|time|bench|reload) ')" 5
enter h 'm = nn.Linear(2, 3); n = tensor.ones(2)'
answers '?m.fit' '^net:fit\{'
answers '?n.sum' '^x:sum\('
answers '?n' '^a tensor: x: and TAB'
answers 'help(n)' '^f32\[2\]$'
answers '?"dataloader"' '^for x, y in data\.loader\{'
answers 'n.sum' '^function x:sum\(.*\?sum explains$'
answers 'nn.Linear' '^class nn\.Linear\(in, out.*\?nn\.Linear explains$'
answers '?optim' '^optim\.step_decay'

enter h 'function twice(x, ...) return x * 2 end -- doubles it'
answers 'twice' '^function\(x, \.\.\.\)   typed here$'
answers '?twice' '^twice\(x, \.\.\.\)   typed here$'
expect "with the comment beside it" h '^  doubles it$'
answers '??twice' '^function twice\(x, \.\.\.\) return x \* 2 end'
enter h 'Net = nn.class "Net"'
enter h 'function Net:forward(x)'
enter h '  return x:relu() end'
answers '??Net.forward' '^ +return x:relu\(\) end$'
answers '?Net' '^Net\.forward\(self, x\)   typed here$'
printf '\n--- Halves it.\n-- Of any shape.\nfunction half(x)\n  return x / 2\nend\n' >half.lua
enter h ':run half.lua'
answers '?half' '^half\(x\)   half\.lua:4$'
expect "with the comment above it" h '^  Of any shape\.$'
answers '??half' '^  return x / 2$'
answers '?for' '^for i = 1, n do \.\.\. end'
answers '?print' '^print\(a, b, \.\.\.\)'
answers 'help(math.sin)' '^math\.sin\(x\)'
answers '?def' '^function name\(a, b\)'
answers '?keys' 'TAB completes, twice lists'
answers '?reluu' "^nothing about 'reluu'\. Did you mean 'relu'\?$"
answers '?clip' '^  so called, too: .*x:clamp'
answers '?how do I train' '^(net:fit|net:train)'
answers 'help(optim)' '^optim\.step_decay'
answers '?zzyzx' "^nothing about 'zzyzx'$"
end h
exit "$failed"
