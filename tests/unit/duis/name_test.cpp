// SPDX-License-Identifier: Apache-2.0
#include "duis/distinguished_name.hpp"

#include <catch2/catch.hpp>
#include <string>

#include "client/pki.hpp"

using dcc::duis::common_spellings;
using dcc::duis::DistinguishedName;
using dcc::duis::rfc4514;
using dcc::duis::X509Ptr;

namespace {

// The name as a real certificate carries it: encoded and decoded again.
class EncodedName {
 public:
  explicit EncodedName(std::string_view text)
      : certificate_(sample::pki::make_ca(text).certificate) {}
  const X509_NAME* get() const { return X509_get_subject_name(certificate_.get()); }

 private:
  X509Ptr certificate_;
};

bool is(std::string_view text, const EncodedName& name) {
  const auto parsed = DistinguishedName::parse(text);
  return parsed && parsed->is(name.get());
}

}  // namespace

TEST_CASE("Spellings of one name") {
  const EncodedName name("CN=Z1,OU=07");
  for (const char* text :
       {"CN=Z1,OU=07", "CN=Z1, OU=07", "OU=07,CN=Z1", "OU=07, CN=Z1", "  CN = Z1 ,  OU = 07  ",
        "CN=Z1;OU=07", "CN=Z1 ; OU=07", "cn=Z1,ou=07", "Cn=z1,oU=07", "CN=\"Z1\",OU=\"07\"",
        "2.5.4.3=Z1,2.5.4.11=07", "OID.2.5.4.3=Z1,oid.2.5.4.11=07", "CN=\\Z1,OU=\\30\\37",
        "CN=#0C025A31,OU=#13023037", "CN=#0c025a31, OU=07",
        "commonName=Z1,organizationalUnitName=07", "CN=Z1\n,\r\n\tOU=07"}) {
    INFO(text);
    CHECK(is(text, name));
  }
}

TEST_CASE("Other names") {
  const EncodedName name("CN=Z1,OU=07");
  for (const char* text : {"CN=Z2,OU=07", "CN=Z1", "OU=07", "CN=Z1,OU=07,O=X", "CN=Z1+OU=07",
                           "CN=Z1,CN=07", "CN=Z1,OU=7", "CN=Z 1,OU=07", "CN=07,OU=Z1",
                           "CN=Z1\\00,OU=07", "CN=Z1\\,OU=07", "CN=Z1,OU=07,CN=Z1"}) {
    INFO(text);
    CHECK_FALSE(is(text, name));
  }
}

TEST_CASE("What is no name at all") {
  for (const char* text : {"",
                           " ",
                           "Z1",
                           "=",
                           "=Z1",
                           "CN",
                           ",",
                           "CN=Z1,",
                           "CN=Z1,,OU=07",
                           ",CN=Z1",
                           "CN=Z1+",
                           "NOSUCHTYPE=Z1",
                           "OID.=Z1",
                           "CN=\"Z1",
                           "CN=Z\"1",
                           "CN=\"Z1\"x",
                           "CN=Z1\\",
                           "CN=#",
                           "CN=#0C",
                           "CN=#0C025A",
                           "CN=#0C025A31FF",
                           "CN=#0C025A3",
                           "CN=#ZZ",
                           "CN=#0500",
                           "CN=#3000",
                           "CN=#0C025A31x",
                           "/OU=07/CN=Z1",
                           "CN=a,OU"}) {
    INFO(text);
    CHECK_FALSE(DistinguishedName::parse(text));
  }
  CHECK_FALSE(DistinguishedName::parse("CN=" + std::string(100'000, 'a')));
  CHECK_FALSE(DistinguishedName::parse(std::string("\0", 1)));
  // Octets that are not UTF-8 are nobody's name.
  CHECK_FALSE(is("CN=Z1\xFF,OU=07", EncodedName("CN=Z1,OU=07")));
}

TEST_CASE("Values with special characters") {
  const EncodedName name(R"(CN=Smith\, Sons \+ Co.,O=\#1 \"best\" \\ \;x,OU=\ edge\ ,L=Zürich)");
  CHECK(rfc4514(name.get()) ==
        R"(CN=Smith\, Sons \+ Co.,O=\#1 \"best\" \\ \;x,OU=\ edge\ ,L=Zürich)");
  CHECK(is(R"(CN="Smith, Sons + Co.", O="#1 \"best\" \\ ;x", OU=" edge ", L=Z\C3\BCrich)", name));
  CHECK(is(R"(CN=Smith\2C Sons \2B Co.,O=\231 \22best\22 \5C \3Bx,OU=edge,L=zürich)", name));
  CHECK_FALSE(is(R"(CN=Smith, Sons,O=x)", name));
}

TEST_CASE("Parts of several values, in any order") {
  const EncodedName name("CN=Z1+OU=07,DC=example,DC=com");
  CHECK(is("CN=Z1+OU=07,DC=example,DC=com", name));
  CHECK(is("OU=07 + CN=Z1, DC=example, DC=com", name));
  CHECK(is("DC=com,DC=example,OU=07+CN=Z1", name));
  CHECK_FALSE(is("CN=Z1,OU=07,DC=example,DC=com", name));
  CHECK_FALSE(is("CN=Z1+OU=07,DC=com,DC=example", name));
}

TEST_CASE("An identifier whose last bits are zero") {
  const EncodedName name("CN=Z1,2.5.4.45=#03090090B3D51F30010000");
  CHECK(is("CN=Z1,x500UniqueIdentifier=#03090090B3D51F30010000", name));
  CHECK(is("CN=Z1, OID.2.5.4.45=#03090090b3d51f30010000", name));
  CHECK_FALSE(is("CN=Z1,2.5.4.45=#03070090B3D51F3001", name));
  CHECK(rfc4514(name.get()) == "CN=Z1,x500UniqueIdentifier=#03090090B3D51F30010000");
}

TEST_CASE("Keywords that tools disagree about") {
  const EncodedName name("1.2.840.113549.1.9.1=a@b,2.5.4.9=Main St,2.5.4.8=Kent,2.5.4.5=12");
  CHECK(is("EMAILADDRESS=a@b,STREET=Main St,ST=Kent,SERIALNUMBER=12", name));
  CHECK(is("E=a@b,street=Main St,S=Kent,serialNumber=12", name));
}

TEST_CASE("Common spellings") {
  CHECK(common_spellings(EncodedName("CN=Z1,OU=07").get()) ==
        std::vector<std::string>{"CN=Z1,OU=07", "CN=Z1, OU=07", "OU=07,CN=Z1", "OU=07, CN=Z1"});
}
