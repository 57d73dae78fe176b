// SPDX-License-Identifier: Apache-2.0
//
// The loader of certificates and revocation lists. The input is a few files, one after the other,
// each behind a line that says what it is:
//
//     @anchor     the trust anchor; given once at most, absent: there is none
//     @pem        certificates
//     @crl        revocation lists
//     @find       no file: an issuer and, on the next line, a serial number to look for
#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "duis/credentials.hpp"
#include "fuzz/promise.hpp"
#include "support/temp_directory.hpp"

namespace {

namespace fs = std::filesystem;

using dcc::duis::BioPtr;
using dcc::duis::Certificate;
using dcc::duis::Credentials;
using dcc::duis::CrlPtr;
using dcc::duis::X509Ptr;
using fuzz::promise;

struct Input {
  std::optional<std::string> anchor;
  std::vector<std::string> certificates;
  std::vector<std::string> revocations;
  std::vector<std::string> finds;

  explicit Input(std::string_view text) {
    std::string* part = nullptr;
    while (!text.empty()) {
      const std::size_t end = std::min(text.find('\n'), text.size() - 1) + 1;
      const std::string_view line = text.substr(0, end);
      text.remove_prefix(end);
      if (line == "@anchor\n" && !anchor)
        part = &anchor.emplace();
      else if (line == "@pem\n" && certificates.size() < kMaxFiles)
        part = &certificates.emplace_back();
      else if (line == "@crl\n" && revocations.size() < kMaxFiles)
        part = &revocations.emplace_back();
      else if (line == "@find\n")
        part = &finds.emplace_back();
      else if (part != nullptr)
        *part += line;
    }
  }

 private:
  static constexpr std::size_t kMaxFiles = 4;
};

// Certificates (or lists) of a text, as far as OpenSSL can read them.
template <typename Ptr, auto read>
void append_objects(std::vector<Ptr>& objects, const std::string& text) {
  const BioPtr pem(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  while (Ptr object{read(pem.get(), nullptr, nullptr, nullptr)})
    objects.push_back(std::move(object));
  ERR_clear_error();
}

// What OpenSSL sees in the input, to judge by what the loader made of it.
struct Truth {
  std::vector<X509Ptr> anchors, certificates;
  std::vector<CrlPtr> lists;

  explicit Truth(const Input& input) {
    if (input.anchor) append_objects<X509Ptr, PEM_read_bio_X509>(anchors, *input.anchor);
    for (const auto* texts : {&input.certificates, &input.revocations})
      for (const auto& text : *texts) {
        append_objects<X509Ptr, PEM_read_bio_X509>(certificates, text);
        append_objects<CrlPtr, PEM_read_bio_X509_CRL>(lists, text);
      }
  }

  // In the anchor, or signed by a CA of it, or by one that was given and is itself trusted.
  bool is_trusted(X509* x509, int further = 4) const {
    const auto has_signed = [&](const X509Ptr& ca) {
      return X509_verify(x509, X509_get0_pubkey(ca.get())) == 1;
    };
    const bool trusted =
        std::any_of(anchors.begin(), anchors.end(),
                    [&](const X509Ptr& anchor) {
                      return X509_cmp(anchor.get(), x509) == 0 || has_signed(anchor);
                    }) ||
        (further > 0 &&
         std::any_of(certificates.begin(), certificates.end(), [&](const X509Ptr& between) {
           return X509_check_ca(between.get()) == 1 && has_signed(between) &&
                  is_trusted(between.get(), further - 1);
         }));
    ERR_clear_error();
    return trusted;
  }

  // Named by a list of its own issuer. Indirect lists are left to OpenSSL.
  bool is_listed(X509* x509) const {
    return std::any_of(lists.begin(), lists.end(), [&](const CrlPtr& list) {
      if (X509_NAME_cmp(X509_CRL_get_issuer(list.get()), X509_get_issuer_name(x509)) != 0)
        return false;
      STACK_OF(X509_REVOKED)* entries = X509_CRL_get_REVOKED(list.get());
      for (int i = 0; i < sk_X509_REVOKED_num(entries); ++i) {
        const X509_REVOKED* entry = sk_X509_REVOKED_value(entries, i);
        if (X509_REVOKED_get_ext_count(entry) > 0) return false;
        if (ASN1_INTEGER_cmp(X509_REVOKED_get0_serialNumber(entry), X509_get0_serialNumber(x509)) ==
            0)
          return true;
      }
      return false;
    });
  }
};

// The directory of one input, gone with it. $TMPDIR says where; ./run wants it in memory.
class Directory {
 public:
  explicit Directory(const Input& input) {
    fs::create_directory(credentials());
    int number = 0;
    for (const auto& text : input.certificates)
      support::write_file(credentials() / (std::to_string(number++) + ".pem"), text);
    for (const auto& text : input.revocations)
      support::write_file(credentials() / (std::to_string(number++) + ".crl"), text);
    if (!input.anchor) return;
    anchor_ = directory_.path() / "ca.pem";
    support::write_file(*anchor_, *input.anchor);
  }

  fs::path credentials() const { return directory_.path() / "certificates"; }
  const std::optional<fs::path>& anchor() const { return anchor_; }

 private:
  support::TempDirectory directory_;
  std::optional<fs::path> anchor_;
};

std::string decimal_serial(const X509* x509) {
  const dcc::duis::BignumPtr number(ASN1_INTEGER_to_BN(X509_get0_serialNumber(x509), nullptr));
  char* digits = BN_bn2dec(number.get());
  std::string text = digits;
  OPENSSL_free(digits);
  return text;
}

bool is_from(const Certificate& certificate, X509* x509) {
  if (decimal_serial(x509) != certificate.serial()) return false;
  try {
    const Certificate same{X509Ptr(X509_dup(x509))};
    return same.issuer() == certificate.issuer() && same.eui() == certificate.eui();
  } catch (const dcc::duis::CryptoError&) {
    return false;  // not of the profile
  }
}

// What the loader may have taken the certificate from. They can be several that say the same, with
// other signatures.
std::vector<X509*> sources_of(const Certificate& certificate, const Truth& truth) {
  std::vector<X509*> sources;
  for (const X509Ptr& x509 : truth.certificates)
    if (is_from(certificate, x509.get())) sources.push_back(x509.get());
  return sources;
}

void check(const Certificate& certificate, const Credentials& credentials, const Input& input,
           const Truth& truth) {
  const std::vector<X509*> sources = sources_of(certificate, truth);
  promise(!sources.empty(), "a known certificate comes from the input");
  promise(!input.anchor || std::any_of(sources.begin(), sources.end(),
                                       [&](X509* source) { return truth.is_trusted(source); }),
          "a known certificate chains to the anchor");
  // What names it is the same in all of them.
  promise(certificate.revoked() || !truth.is_listed(sources.front()),
          "whom a list names is revoked");

  const auto of_user = credentials.find(certificate.eui());
  promise(std::find(of_user.begin(), of_user.end(), &certificate) != of_user.end(),
          "a certificate is found by its EUI-64");
  const Certificate* found = credentials.find(certificate.issuer(), certificate.serial());
  promise(found != nullptr && found->serial() == certificate.serial(),
          "a certificate is found by its issuer and serial");
}

void look_for(const std::string& lines, const Credentials& credentials) {
  const std::size_t end = std::min(lines.find('\n'), lines.size());
  const std::string issuer = lines.substr(0, end);
  std::string serial = lines.substr(std::min(end + 1, lines.size()));
  if (serial.ends_with('\n')) serial.pop_back();
  const Certificate* found = credentials.find(issuer, serial);
  if (found == nullptr) return;
  std::string digits;
  for (const char c : serial)
    if (c >= '0' && c <= '9') digits += c;
  digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size() - 1));
  const std::string& own = found->serial();
  promise(own.substr(own.starts_with('-') ? 1 : 0) == digits, "the serial that is found was asked");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Input input(std::string_view(reinterpret_cast<const char*>(data), size));
  const Directory directory(input);
  std::vector<std::string> problems;
  const auto credentials = Credentials::load(directory.credentials(), directory.anchor(), problems);
  for (const auto& problem : problems)
    promise(problem.starts_with(directory.credentials().parent_path().string()),
            "a problem names its file: " + problem);
  promise(ERR_peek_error() == 0, "no error of OpenSSL's is left behind");

  const Truth truth(input);
  for (const Certificate& certificate : credentials.certificates())
    check(certificate, credentials, input, truth);
  for (const auto& lines : input.finds) look_for(lines, credentials);
  promise(ERR_peek_error() == 0, "no error of OpenSSL's is left behind by a look-up");
  return 0;
}
