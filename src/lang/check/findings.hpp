#pragma once

#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "lang/check/place.hpp"
#include "trama/core/words.hpp"
#include "trama/lang/diagnostic.hpp"

namespace trama::lang {

/// A piece of a scheme, as messages show it.
inline std::string ticked(const std::string& text) {
    return "`" + text + "`";
}

/// Collects what the checker finds: each mistake once, however often its text is expanded.
class Findings {
  public:
    /// The diagnostic may be completed by the caller (hint, related) until the next one. What was found
    /// before is given away: changes to it are lost.
    Diagnostic& add(Severity severity, std::string code, const Where& where, std::string message,
                    std::string hint = {});
    Diagnostic& error(std::string code, const Where& where, std::string message, std::string hint = {}) {
        return add(Severity::error, std::move(code), where, std::move(message), std::move(hint));
    }
    /// What the parser found.
    void take(std::vector<Diagnostic> diagnostics);
    /// Number of errors so far, those found before included: has anything gone wrong since?
    std::size_t errors() const { return errors_; }
    /// True when an error will be shown.
    bool failed() const { return has_errors(all_); }
    /// A mistake that is not shown because it may only follow from one that is.
    void count_hidden() { ++errors_; }
    /// Everything, in order of place: first `root`, then the other sources in the order of their first
    /// finding.
    std::vector<Diagnostic> finish(const SourcePtr& root) &&;

    /// While one of these lives nothing is kept.
    class Silence {
      public:
        explicit Silence(Findings& findings) : findings_(findings) { ++findings_.silent_; }
        ~Silence() { --findings_.silent_; }
        Silence(const Silence&) = delete;
        Silence& operator=(const Silence&) = delete;

      private:
        Findings& findings_;
    };

    std::string suffix;  ///< ends every message: ", for copy i = 3"

  private:
    std::vector<Diagnostic> all_;
    std::set<std::tuple<std::string, const Source*, std::size_t, std::size_t>> seen_;
    Diagnostic dropped_;
    std::size_t errors_ = 0;
    int silent_ = 0;
};

/// "did you mean `name`?", or empty.
std::string did_you_mean(const std::string& text, const std::vector<std::string>& names);
/// "`a`, `b` or `c`"; with an other word than "or": "`a`, `b` and `c`".
std::string alternatives(const std::vector<std::string>& names, const std::string& word = "or");

}  // namespace trama::lang
