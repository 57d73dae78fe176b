// SPDX-License-Identifier: Apache-2.0
//
// The schema `duis` of the PostgreSQL store: made, and looked at before it is used. Functions throw
// StoreErrors that say what is wrong and what to do.
#pragma once

#include "store/postgresql/connection.hpp"

namespace sample::postgresql {

// Makes what is not there yet: the schema, or what it has since an earlier version, the roles
// duis_host and duis_import, and the tables for the outcomes of this month and the next three. As
// its owner.
void init_schema(Connection& connection, Deadline deadline);

// Ours, of this version, whole, with a place for the outcomes of this month and `months_ahead`
// more; and the server keeps what it has acknowledged.
void require_schema(Connection& connection, int months_ahead, Deadline deadline);

// The user of this connection may do what a host does.
void require_rights(Connection& connection, Deadline deadline);

}  // namespace sample::postgresql
