// SPDX-License-Identifier: Apache-2.0
//
// Boost.JSON, compiled once for this program.
#include <boost/json/src.hpp>
