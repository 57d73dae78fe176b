// SPDX-License-Identifier: Apache-2.0
//
// Where the attacks are played: three Users with real keys, the tools that an attacker has
// (libxml2 to canonicalise, xmlsec1 to sign), and the question what becomes of a document.
//
// The document under attack is Alice's. For one thread at a time.
#pragma once

#include <catch2/catch.hpp>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "duis/credentials.hpp"
#include "duis/reader.hpp"
#include "unit/duis/messages.hpp"

namespace attacks {

using messages::edited;

// What the sample host makes of a message, as the status of its answer.
enum class Answer { accepted = 200, malformed = 400, forbidden = 403 };
std::ostream& operator<<(std::ostream& out, Answer answer);

enum class Player {
  alice,    // the originator of the document; her certificate is of the CA CN=Z1,OU=07
  bob,      // another User of the same CA
  mallory,  // a User of the CA CN=Z2,OU=07, whose certificate has the serial of Alice's
};
const dcc::duis::Signer& signer(Player player);
inline constexpr std::string_view kAliceId = "90-B3-D5-1F-30-01-00-00";

// The certificates of all three, as the host knows them.
const dcc::duis::Credentials& credentials();

// A fault return of Alice's with a Signature that is of the profile, but not filled in.
std::string unsigned_document();

// Fills in what the document's Signature leaves open (see messages::kSignature): issuer, serial,
// digest and signature value. libxml2 canonicalises, so documents may be of any form; where the
// attack has put something of its own in such a place, that stays.
std::string signed_by(Player player, std::string document);
// The same document of Alice's, signed by her.
std::string good();

// What becomes of it: read and verified with the built-in schema and, where it is beside the
// repository, the published one, which must agree. After a refusal each reader must still read.
// What is accepted must be accepted by xmlsec1, too, and its fields must be those that libxml2
// finds in the canonical octets.
Answer answer(std::string_view document);
// With the built-in schema only: for body elements that the published one does not know.
Answer answer_by_built_in_schema(std::string_view document);
// Why the last document was refused, with the built-in schema.
const std::string& why();

// Processor time in seconds that a reader of the built-in schema takes for it.
double cost(std::string_view document);

// ---- xmlsec1 -----------------------------------------------------------------------------------

// Its judgement, with the player's public key and whatever else it allows; `options` say more.
bool xmlsec_accepts(std::string_view document, Player player = Player::alice,
                    const std::vector<std::string>& options = {});
// Fills in a Signature of any kind with the player's key.
std::string signed_by_xmlsec(std::string_view document, Player player = Player::alice,
                             const std::vector<std::string>& options = {});

// ---- Documents ---------------------------------------------------------------------------------

// The part of a text from `from` to the end of `to`.
std::string part(std::string_view text, std::string_view from, std::string_view to);
// A copy without that part.
std::string without(std::string_view text, std::string_view from, std::string_view to);
std::string repeated(std::string_view text, std::size_t count);

}  // namespace attacks
