// SPDX-License-Identifier: Apache-2.0
//
// Boost.JSON, compiled once for the sample host.
#include <boost/json/src.hpp>
