" Vim syntax file
" Language: Trama (schemes of decentralised machine learning)

if exists("b:current_syntax")
  finish
endif

syn case match

syn keyword tramaKeyword def import
syn keyword tramaBoolean true false
syn keyword tramaTodo    TODO FIXME XXX contained

syn match  tramaComment  "#.*$" contains=tramaTodo,@Spell
syn match  tramaEscape   +\\\(["\\nt]\|u{\x\{1,6}}\)+ contained
syn region tramaString   start=+"+ skip=+\\.+ end=+"+ end=+$+ contains=tramaEscape oneline

syn match  tramaNumber   "\<\d\(_\?\d\)*\(\.\d\(_\?\d\)*\)\?\([eE][+-]\?\d\(_\?\d\)*\)\?\(\(ms\|min\|s\|h\)\>\|%\|\>\)"
syn match  tramaFunction "\<\h\w*\ze\s*[({]"
syn match  tramaDefined  "\(\<def\s\+\)\@<=\h\w*"
syn match  tramaArgument "\<\h\w*\ze\s*:"
syn match  tramaBinding  "^\s*\zs\h\w*\ze\s*==\@!"

syn match  tramaOperator "[-+*/=<>@^]\|>>\|[<>=!]="
syn match  tramaPipe     ">>"
syn match  tramaDistribute "\[|\||\]"

hi def link tramaKeyword    Keyword
hi def link tramaBoolean    Boolean
hi def link tramaTodo       Todo
hi def link tramaComment    Comment
hi def link tramaEscape     SpecialChar
hi def link tramaString     String
hi def link tramaNumber     Number
hi def link tramaFunction   Function
hi def link tramaDefined    Function
hi def link tramaArgument   Label
hi def link tramaBinding    Identifier
hi def link tramaOperator   Operator
hi def link tramaPipe       Statement
hi def link tramaDistribute Structure

let b:current_syntax = "trama"
