// SPDX-License-Identifier: Apache-2.0
//
// One client of an HTTP server: reads a request, has it handled, writes the answer, and again. One
// implementation for every sort of stream. For the worker's thread.
#pragma once

#include <memory>

#include "http/tls_context.hpp"
#include "http/worker.hpp"

namespace sample {

// The worker must outlive the connection, which it owns until Worker::release().
std::shared_ptr<Connection> make_connection(Worker& worker, Socket socket, Place place);
// Speaks TLS as `tls` says to the end, whatever is published meanwhile.
std::shared_ptr<Connection> make_tls_connection(Worker& worker, Socket socket, Place place,
                                                const TlsContext& tls);

}  // namespace sample
