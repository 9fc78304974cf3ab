#include "lang/syntax/explain.hpp"

// What `trama explain` says of T0001 to T0019: characters, strings, numbers.

namespace trama::lang {

std::vector<Explanation> token_explanations() {
    // clang-format off
    return {
        {"T0001", "unexpected character",
         "The character has no meaning in a scheme outside of strings and comments. Text that was "
         "copied from a document often brings signs that only look like the right ones: a no-break "
         "space, a long dash, `≥` for `>=`. The hint names the plain sign where there is one.",
         "loop = feedback(until: accuracy ≥ 0.97) { step }",
         "loop = feedback(until: accuracy >= 0.97) { step }"},
        {"T0002", "the file is not UTF-8",
         "Schemes are text in UTF-8. The message gives the first byte that is not, and its offset "
         "in the file. Save the file as UTF-8 (not Latin-1, not UTF-16); a byte order mark at the "
         "beginning is accepted.",
         "",
         ""},
        {"T0003", "NUL byte",
         "A text file has no NUL bytes: the file was damaged, or it is not a scheme at all.",
         "",
         ""},
        {"T0004", "the file is too large",
         "A scheme is at most 4 MiB. Long tables (matrices, edges of a graph) are better kept in "
         "files of their own, which a scheme names; long schemes can be split with `import`.",
         "",
         ""},
        {"T0005", "string not closed",
         "A string begins and ends with `\"` on one line. A newline inside of a string is written "
         "`\\n`, a quotation mark `\\\"`.",
         "data = mnist(dir: \"data/mnist)",
         "data = mnist(dir: \"data/mnist\")"},
        {"T0006", "unknown escape",
         "In a string, a backslash begins an escape: `\\\"`, `\\\\`, `\\n`, `\\t`, or `\\u{...}` with a "
         "code point in hexadecimal. A backslash itself is written `\\\\`; paths may be written with "
         "`/` on every system.",
         "data = mnist(dir: \"data\\mnist\")",
         "data = mnist(dir: \"data/mnist\")"},
        {"T0007", "number out of range",
         "Integers have 64 bits with a sign, reals are 64-bit floating point. A number that does "
         "not fit is not rounded.",
         "updates = 10000000000000000000",
         "updates = 10_000_000_000"},
        {"T0008", "malformed number",
         "A number has digits on both sides of its point, digits in its exponent, and `_` only "
         "between two digits: `0.5`, `1e-3`, `1_000`.",
         "rate = .5",
         "rate = 0.5"},
        {"T0009", "unknown unit",
         "A number may have a unit: ms, s, min and h make it a duration, % makes it a fraction. "
         "Everything else is counted without a unit.",
         "limit = 30sec",
         "limit = 30s"},
        {"T0010", "a space before a unit",
         "A unit belongs to its number and follows it without a space.",
         "limit = 30 s",
         "limit = 30s"},
        {"T0011", "foreign comment",
         "Comments begin with `#` and end with the line. There are no comments over several lines.",
         "n = 4 // clients",
         "n = 4 # clients"},
        {"T0012", "foreign quotation marks",
         "Strings are written between two `\"`. Word processors like to replace these by "
         "typographic ones.",
         "data = mnist(dir: 'data/mnist')",
         "data = mnist(dir: \"data/mnist\")"},
        {"T0013", "semicolon",
         "A newline ends a statement; arguments and list elements are separated by `,`.",
         "n = 4;",
         "n = 4"},
        {"T0014", "letters that names cannot have",
         "Names are made of the letters a to z and A to Z, digits and `_`, and do not begin with a "
         "digit. They become file names and metric names, which every system must be able to "
         "write.",
         "donnée = 4",
         "donnee = 4"},
    };
    // clang-format on
}

}  // namespace trama::lang
