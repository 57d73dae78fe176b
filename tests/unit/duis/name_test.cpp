// SPDX-License-Identifier: Apache-2.0
#include "duis/distinguished_name.hpp"

#include <catch2/catch.hpp>
#include <cctype>
#include <string>
#include <vector>

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

TEST_CASE("Attributes by every keyword that a tool has for them") {
  struct Attribute {
    const char* type;
    std::vector<std::string> keywords;
  };
  const Attribute attributes[] = {{"2.5.4.3", {"CN", "commonName"}},
                                  {"2.5.4.4", {"SN", "surname"}},
                                  {"2.5.4.5", {"serialNumber"}},
                                  {"2.5.4.6", {"C", "countryName"}},
                                  {"2.5.4.7", {"L", "localityName"}},
                                  {"2.5.4.8", {"ST", "S", "stateOrProvinceName"}},
                                  {"2.5.4.9", {"street", "streetAddress"}},
                                  {"2.5.4.10", {"O", "organizationName"}},
                                  {"2.5.4.11", {"OU", "organizationalUnitName"}},
                                  {"2.5.4.12", {"T", "title"}},
                                  {"2.5.4.13", {"description"}},
                                  {"2.5.4.15", {"businessCategory"}},
                                  {"2.5.4.16", {"postalAddress"}},
                                  {"2.5.4.17", {"postalCode"}},
                                  {"2.5.4.18", {"POBox", "postOfficeBox"}},
                                  {"2.5.4.20", {"Phone", "telephoneNumber"}},
                                  {"2.5.4.24", {"X21Address", "x121Address"}},
                                  {"2.5.4.41", {"name"}},
                                  {"2.5.4.42", {"G", "GN", "givenName"}},
                                  {"2.5.4.43", {"I", "initials"}},
                                  {"2.5.4.44", {"generation", "generationQualifier"}},
                                  {"2.5.4.45", {"x500UniqueIdentifier"}},
                                  {"2.5.4.46", {"DNQ", "DN", "dnQualifier"}},
                                  {"2.5.4.65", {"pseudonym"}},
                                  {"2.5.4.72", {"role"}},
                                  {"2.5.4.97", {"organizationIdentifier"}},
                                  {"0.9.2342.19200300.100.1.1", {"UID", "userId"}},
                                  {"0.9.2342.19200300.100.1.3", {"mail", "rfc822Mailbox"}},
                                  {"0.9.2342.19200300.100.1.25", {"DC", "domainComponent"}},
                                  {"1.2.840.113549.1.9.1", {"E", "email", "emailAddress"}},
                                  {"1.2.840.113549.1.9.2", {"unstructuredName"}},
                                  {"1.2.840.113549.1.9.8", {"unstructuredAddress"}},
                                  {"1.3.6.1.4.1.42.2.11.2.1", {"IP"}}};
  for (const auto& [type, keywords] : attributes) {
    const EncodedName name(type + std::string("=x,CN=CA"));
    std::vector<std::string> spelled{type, "OID." + std::string(type), "oid." + std::string(type)};
    for (const std::string& keyword : keywords) {
      std::string capitals = keyword, small = keyword;
      for (char& c : capitals) c = static_cast<char>(std::toupper(c));
      for (char& c : small) c = static_cast<char>(std::tolower(c));
      spelled.insert(spelled.end(), {keyword, capitals, small});
    }
    for (const std::string& keyword : spelled) {
      INFO(keyword);
      CHECK(is(keyword + "=x, CN=CA", name));
      CHECK(is("CN=CA," + keyword + " = x", name));
      CHECK_FALSE(is(keyword + "=y,CN=CA", name));
    }
  }
}

// What X500Principal of Java 17 writes: toString(), RFC 2253, RFC 1779 and canonical.
TEST_CASE("A name as Java writes it") {
  const EncodedName name(
      R"(CN=Zoë \<CA\>,OU=A\+B\;C,O=Energy \"X.,L=x,ST=Kent,C=GB,title=Dr,street=Main St,SN=Doe,)"
      R"(GN=Jo,initials=J,2.5.4.44=III,2.5.4.46=q,1.2.840.113549.1.9.1=a@b,UID=u,serialNumber=12,)"
      R"(DC=example,2.5.4.17=AB1  2CD,2.5.4.97=VATES-Q2826004J,2.5.4.15=Private,OU=back\slash,)"
      R"(1.3.6.1.4.1.42.2.11.2.1=1.2.3.4)");
  CHECK(is(
      R"(CN="Zoë <CA>", OU="A+B;C", O="Energy \"X.", L=x, ST=Kent, C=GB, T=Dr, STREET=Main St, )"
      R"(SURNAME=Doe, GIVENNAME=Jo, INITIALS=J, GENERATION=III, DNQ=q, EMAILADDRESS=a@b, UID=u, )"
      R"(SERIALNUMBER=12, DC=example, OID.2.5.4.17="AB1  2CD", OID.2.5.4.97=VATES-Q2826004J, )"
      R"(OID.2.5.4.15=Private, OU="back\slash", IP=1.2.3.4)",
      name));
  CHECK(is(R"(CN=Zoë \<CA\>,OU=A\+B\;C,O=Energy \"X.,L=x,ST=Kent,C=GB,2.5.4.12=#13024472,)"
           R"(STREET=Main St,2.5.4.4=#1303446f65,2.5.4.42=#13024a6f,2.5.4.43=#13014a,)"
           R"(2.5.4.44=#1303494949,2.5.4.46=#130171,1.2.840.113549.1.9.1=#1603614062,UID=u,)"
           R"(2.5.4.5=#13023132,DC=example,2.5.4.17=#13084142312020324344,)"
           R"(2.5.4.97=#130f56415445532d51323832363030344a,2.5.4.15=#130750726976617465,)"
           R"(OU=back\slash,1.3.6.1.4.1.42.2.11.2.1=#1307312e322e332e34)",
           name));
  CHECK(is(R"(CN="Zoë <CA>", OU="A+B;C", O="Energy \"X.", L=x, ST=Kent, C=GB, OID.2.5.4.12=Dr, )"
           R"(STREET=Main St, OID.2.5.4.4=Doe, OID.2.5.4.42=Jo, OID.2.5.4.43=J, OID.2.5.4.44=III, )"
           R"(OID.2.5.4.46=q, OID.1.2.840.113549.1.9.1=a@b, OID.0.9.2342.19200300.100.1.1=u, )"
           R"(OID.2.5.4.5=12, OID.0.9.2342.19200300.100.1.25=example, OID.2.5.4.17="AB1  2CD", )"
           R"(OID.2.5.4.97=VATES-Q2826004J, OID.2.5.4.15=Private, OU="back\slash", )"
           R"(OID.1.3.6.1.4.1.42.2.11.2.1=1.2.3.4)",
           name));
  CHECK(is(R"(cn=zoë \<ca\>,ou=a\+b\;c,o=energy \"x.,l=x,st=kent,c=gb,2.5.4.12=#13024472,)"
           R"(street=main st,2.5.4.4=#1303446f65,2.5.4.42=#13024a6f,2.5.4.43=#13014a,)"
           R"(2.5.4.44=#1303494949,2.5.4.46=#130171,1.2.840.113549.1.9.1=#1603614062,uid=u,)"
           R"(2.5.4.5=#13023132,dc=#16076578616d706c65,2.5.4.17=#13084142312020324344,)"
           R"(2.5.4.97=#130f56415445532d51323832363030344a,2.5.4.15=#130750726976617465,)"
           R"(ou=back\slash,1.3.6.1.4.1.42.2.11.2.1=#1307312e322e332e34)",
           name));
}

TEST_CASE("A name as NET writes it") {
  const EncodedName name(
      R"(CN=CA,O=Energy \"Co\"\, Ltd.,OU=a\=b\#c,OU=back\slash,OU=\+\"x\",OU=\"\",ST=Kent,)"
      R"(1.2.840.113549.1.9.1=a@b,2.5.4.17=AB1)");
  CHECK(is(R"(CN=CA, O="Energy ""Co"", Ltd.", OU="a=b#c", OU=back\slash, OU="\+""x""", OU="""""", )"
           R"(S=Kent, E=a@b, PostalCode=AB1)",
           name));
  CHECK(is(R"(OID.2.5.4.17=AB1, E=a@b, S=Kent, OU="""""", OU="\+""x""", OU=back\slash, )"
           R"(OU="a=b#c", O="Energy ""Co"", Ltd.", CN=CA)",
           name));
  CHECK_FALSE(is(R"(CN=CA, O="Energy """Co"", Ltd.")", name));
  CHECK(is(R"(CN="", OU="x")", EncodedName("CN=,OU=x")));
  CHECK(is(R"(CN=CA\)", EncodedName(R"(CN=CA\)")));
}

TEST_CASE("Common spellings") {
  CHECK(common_spellings(EncodedName("CN=Z1,OU=07").get()) ==
        std::vector<std::string>{"CN=Z1,OU=07", "CN=Z1, OU=07", "OU=07,CN=Z1", "OU=07, CN=Z1"});
}
