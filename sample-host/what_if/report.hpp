// SPDX-License-Identifier: Apache-2.0
//
// What `what-if` prints: text for people, JSON or CSV for programs. One thread at a time.
#pragma once

#include <memory>
#include <ostream>
#include <span>

#include "host/plugin_directory.hpp"
#include "what_if/tally.hpp"

namespace sample {

class WhatIfReport {
 public:
  enum class Format { text, json, csv };

  // `list`: every change is named, as it is found. With Format::csv it is the list alone then.
  static std::unique_ptr<WhatIfReport> make(Format format, bool list, std::ostream& out);

  virtual ~WhatIfReport() = default;
  virtual void changed(const Transition& transition, const Example& example) = 0;
  // Once, at the end. `seconds`: how long it took.
  virtual void finish(std::span<const dcc::host::PluginReport> candidate, const Tally& tally,
                      double seconds) = 0;
};

}  // namespace sample
