// SPDX-License-Identifier: Apache-2.0
//
// Boost.JSON, compiled once for all that is built here.
#include <boost/json/src.hpp>
