--- manual.lua: `lunette help --man` and `lunette help --completion`: a manual page and bash's completion, written out
-- of the entries of help and the projects, so that nothing is said twice.
local entries = require "vm.entries"
local run = require "vm.run"
local manual = {}

-- Text for troff: what it would take for a sign of its own.
local function plain(text)
  text = text:gsub("\\", "\\e"):gsub("%-", "\\-")
  return (text:gsub("\n", "\n\\&"):gsub("^([.'])", "\\&%1"))
end

-- The entries whose name matches, in order: each its signature in bold and its line.
local function listed(out, pattern)
  for _, e in ipairs(entries.all()) do
    if e.name:find(pattern) then
      out[#out + 1] = (".TP\n\\fB%s\\fR\n%s"):format(plain(e.sig), plain(e.doc))
      for _, o in ipairs(e.options or {}) do
        out[#out + 1] = (".br\n%s (%s): %s"):format(plain(o[1]), plain(o[2]), plain(o[3] or ""))
      end
    end
  end
end

--- The page lunette(1).
function manual.page()
  local out = { ('.TH LUNETTE 1 "" "lunette %s"'):format(lunette.version), ".SH NAME",
    "lunette \\- deep learning at a prompt, in Lua scripts, in a live window", ".SH SYNOPSIS", ".nf" }
  out[#out + 1] = plain((lunette.usage():gsub("^usage: ", ""):gsub("\n +", "\n"):gsub("\n$", "")))
  out[#out + 1] = ".fi\n.SH COMMANDS AND OPTIONS"
  listed(out, "^lunette %l")
  listed(out, "^%-")
  out[#out + 1] = ".SH AT THE PROMPT"
  listed(out, "^[:?]")
  out[#out + 1] = ".SH PROJECTS"
  for _, p in ipairs(run.projects()) do
    if not p.file then out[#out + 1] = (".TP\n\\fB%s\\fR\n%s"):format(plain(p.name), plain(p.title)) end
  end
  out[#out + 1] = ".SH ENVIRONMENT"
  listed(out, "^%u[%u_]+$")
  out[#out + 1] = (".SH EXIT STATUS\n0: it went well. 1: an error, said on standard error. "
    .. "3: with %s a claim fell short. 130: ended by ^C."):format(plain "--strict")
  out[#out + 1] = ".SH SEE ALSO\n.BR lua (1)"
  return table.concat(out, "\n") .. "\n"
end

local function words(pattern)
  local list = {}
  for _, e in ipairs(entries.all()) do
    local word = e.name:match(pattern)
    if word and word ~= "-" then list[#list + 1] = word end
  end
  return table.concat(list, " ")
end

--- For bash: commands, projects and their options, which the program itself names, and files.
function manual.completion()
  return (([=[
# bash completion for lunette; made by: lunette help --completion
_lunette() {
  local word=${COMP_WORDS[COMP_CWORD]} first=${COMP_WORDS[1]} program=${COMP_WORDS[0]} words="" files=""
  if [ "$COMP_CWORD" -eq 1 ]; then
    words="@COMMANDS --norc --version --help -e -i" files='!*.lua'
  elif [[ $first != run && $first != demo ]] || [[ $COMP_CWORD -gt 2 && $word != -* ]]; then
    files=' '
  elif [ "$COMP_CWORD" -eq 2 ]; then
    words=$("$program" list 2>/dev/null | cut -f1) files='!*.lua'
  else
    words="$("$program" run "${COMP_WORDS[2]}" --help 2>/dev/null | grep -o '^  --[a-z_]*') --help"
  fi
  COMPREPLY=($(compgen -W "$words" -- "$word"))
  [ -z "$files" ] || COMPREPLY+=($(compgen -f -X "$files" -- "$word"))
}
complete -o filenames -F _lunette lunette
]=]):gsub("@COMMANDS", (words "^lunette (%l+)$")))
end

return manual
