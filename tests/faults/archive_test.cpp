// SPDX-License-Identifier: Apache-2.0
//
// Outcomes leave the store of a running host for an archive: what they were answered stays known,
// the archive is checked without the host, and what is wrong with one is refused. Of either
// database.
#include <algorithm>
#include <boost/json.hpp>
#include <catch2/catch.hpp>
#include <chrono>
#include <ctime>

#include "adaptor/outcome_json.hpp"
#include "archive/manifest.hpp"
#include "archive/month.hpp"
#include "archive_store.hpp"
#include "duis/credentials.hpp"

using namespace support;
using namespace faults;
using Catch::Matchers::Contains;
namespace fs = std::filesystem;

namespace {

constexpr std::int64_t kDay = 24 * 3600;
// Three months before this one, whatever the day.
constexpr std::int64_t kOffsets[] = {-97 * kDay, -66 * kDay, -35 * kDay};

// As if nobody had looked: names and contents.
std::string all_of(const fs::path& directory) {
  std::vector<std::string> files;
  for (const auto& entry : fs::directory_iterator(directory)) {
    files.push_back(entry.path().filename().string() + '\n' + read_file(entry.path()));
  }
  std::sort(files.begin(), files.end());
  std::string all;
  for (const auto& file : files) all += file;
  return all;
}

// Before the host that uses it.
struct StoreOfHost {
  const std::unique_ptr<ArchiveStore> kept_in = make_archive_store();
};

// A host with two outcomes in each of three past months, and one of now.
class ArchiveHost : private StoreOfHost, public FaultyHost {
 public:
  struct Answered {
    std::string request, response;
  };

  explicit ArchiveHost(bool signing = true) : FaultyHost(kept_in->options(options(signing))) {
    start_with_shim();
    for (const std::int64_t offset : kOffsets) {
      switches().clock_offset = offset;
      months.push_back(sample::month_of((std::time(nullptr) + offset) * 1000));
      kept_in->make_place_for_month(months.back());
      const std::string document = good_request();
      const auto reply = post(document);
      REQUIRE(code_of(reply) == "I99");
      accepted.push_back({document, reply.body});
      REQUIRE(answer("sna", "8.14.4", hub("Commissioned")) == "E5");
    }
    switches().clock_offset = 0;
    REQUIRE(answer("sna", "8.14.4", hub("Commissioned")) == "E5");
  }

  fs::path directory_of_archive() const { return directory() / "archive"; }
  fs::path file_of(std::size_t month) const { return directory_of_archive() / file_name(month); }
  std::string file_name(std::size_t month) const {
    return months.at(month) + (chain().empty() ? "" : "." + chain()) + ".jsonl.zst";
  }
  // The only one of the store, as the commands and cursors name it.
  std::string chain() const { return kept_in->chain(); }
  std::string of_chain() const { return chain().empty() ? "" : "chain " + chain() + ": "; }
  std::string cursor(int number) const {
    return (chain().empty() ? "" : chain() + ":") + std::to_string(number);
  }
  // What GET /returns and /outcomes tell of it.
  std::string archived() {
    const auto told = get("/outcomes?limit=1").at("archived");
    return told.is_string() ? std::string(told.as_string()) : std::to_string(told.as_int64());
  }
  void tamper(int number) const { kept_in->tamper(*this, number); }
  std::string certificate(const char* name = "dcc") const {
    return (directory() / "certificates" / (std::string(name) + ".pem")).string();
  }

  Finished command(std::vector<std::string> words) const {
    words.insert(words.end(), {"--config", kept_in->configuration(*this).string()});
    return run(sample_host_program(), words);
  }
  Finished archive(const std::string& before = this_month(),
                   const std::vector<std::string>& more = {}) const {
    std::vector<std::string> words{"archive", "--before", before, "--to",
                                   directory_of_archive().string()};
    words.insert(words.end(), more.begin(), more.end());
    return command(words);
  }
  Finished verify(const std::vector<std::string>& more) const {
    std::vector<std::string> words{"audit", "--verify", "--archive",
                                   directory_of_archive().string()};
    words.insert(words.end(), more.begin(), more.end());
    return run(sample_host_program(), words);
  }
  static std::string this_month() { return sample::month_of(std::time(nullptr) * 1000) + "-01"; }

  // Refused, with neither the store nor the archive changed.
  void check_refused(const Finished& refused, const std::string& archive_before,
                     const std::string& why) {
    CAPTURE(refused.out, refused.err);
    CHECK(refused.exit_code == 1);
    CHECK_THAT(refused.err, Contains(why));
    CHECK(all_of(directory_of_archive()) == archive_before);
    CHECK(archived() == "0");
    CHECK(outcomes().size() == 7);
  }

  std::vector<Answered> accepted;
  std::vector<std::string> months;

 private:
  static Options options(bool signing) {
    Options options;
    options.signing = signing;
    options.store = "archive = archive\n";
    return options;
  }
};

// The commands that the README gives.
std::string public_tools() {
  const std::string page = read_file(fs::path(DCC_SOURCE_DIR) / "sample-host" / "README.md");
  const std::string mark = "<!-- archive: public tools -->\n```sh\n";
  const auto begin = page.find(mark);
  REQUIRE(begin != std::string::npos);
  const auto end = page.find("```", begin + mark.size());
  return page.substr(begin + mark.size(), end - begin - mark.size());
}

}  // namespace

TEST_CASE("Outcomes are archived beside a running host, and what was answered stays known") {
  ArchiveHost host;
  const std::string noted(host.get("/outcomes?limit=1&after=" + host.cursor(5))
                              .at("outcomes")
                              .as_array()
                              .at(0)
                              .at("hash")
                              .as_string());
  const Finished done = host.archive();
  CAPTURE(done.err);
  REQUIRE(done.exit_code == 0);
  CHECK_THAT(done.out,
             Contains(host.file_name(0) + ": records 1 to 2") &&
                 Contains(host.file_name(2) + ": records 5 to 6") &&
                 Contains("6 outcomes have left the store; the archive ends with record " +
                          host.cursor(6) + "\n") &&
                 !Contains("note"));
  for (const auto& entry : fs::directory_iterator(host.directory_of_archive())) {
    CHECK(entry.status().permissions() == (fs::perms::owner_read | fs::perms::owner_write));
  }

  // Repeats have their octets out of the archive; without it, a reason.
  for (const auto& one : host.accepted) CHECK(host.post(one.request).body == one.response);
  fs::rename(host.directory_of_archive(), host.directory() / "away");
  const HttpReply away = host.post(host.accepted[1].request);
  CHECK(away.status == 409);
  CHECK_THAT(away.body, Contains("was answered, and the answer is in an archive"));
  fs::rename(host.directory() / "away", host.directory_of_archive());
  CHECK(host.post(host.accepted[1].request).body == host.accepted[1].response);

  // Another return of the hub is known to be one, and the trail goes on.
  CHECK(code_of(host.post(host.good_request())) == "I99");
  CHECK(host.returns().at(0).at("repeated") == true);
  CHECK(host.archived() == host.cursor(6));
  const HttpReply too_early = host.admin("GET", "/returns?after=" + host.cursor(3));
  CHECK(too_early.status == 409);
  CHECK_THAT(too_early.body, Contains("go on with after=" + host.cursor(6)));
  CHECK(host.get("/outcomes?after=" + host.cursor(6)).at("outcomes").as_array().size() == 2);
  const Finished audit = host.command({"audit", "--verify"});
  CHECK(audit.exit_code == 0);
  CHECK_THAT(audit.out, Contains("ok    " + host.of_chain() + "2 records read; record 8"));

  // The archive for itself, and as what the store goes on from.
  const Finished alone = host.verify({"--certificate", host.certificate(), "--head", noted});
  CHECK(alone.exit_code == 0);
  CHECK(alone.out ==
        "ok    " + host.of_chain() + "6 records read; 1 to 6, head " + noted + ", signed\n");
  CHECK(host.verify({"--config", host.configuration().string()}).exit_code == 0);
  CHECK_THAT(host.verify({}).out, Contains("note  without --certificate"));

  // Nothing is done twice.
  const std::string before = all_of(host.directory_of_archive());
  const Finished again = host.archive();
  CHECK(again.exit_code == 0);
  CHECK_THAT(again.out, Contains("0 outcomes have left the store"));
  CHECK(all_of(host.directory_of_archive()) == before);
}

TEST_CASE("An archive is checked with public tools, by the commands that the README gives") {
  ArchiveHost host;
  REQUIRE(host.archive().exit_code == 0);
  const auto script = host.directory() / "check.sh";
  write_file(script, public_tools());
  const auto check = [&](const std::string& certificate) {
    return run("env", {"-C", host.directory_of_archive().string(), "CERTIFICATE=" + certificate,
                       "bash", script.string()});
  };
  const Finished whole = check(host.certificate());
  CAPTURE(whole.out, whole.err);
  CHECK(whole.exit_code == 0);
  CHECK_THAT(whole.out, Contains("Verified OK") && Contains(host.file_name(0) + ": OK"));
  CHECK(check(host.certificate("eis")).exit_code != 0);
  std::string octets = read_file(host.file_of(1));
  octets[octets.size() / 2] = static_cast<char>(octets[octets.size() / 2] ^ 1);
  write_file(host.file_of(1), octets);
  CHECK(check(host.certificate()).exit_code != 0);
}

TEST_CASE("RequestIDs are forgotten after a time, and old ones are never decided anew") {
  ArchiveHost host;
  const std::string text = read_file(host.configuration());
  write_file(host.configuration(),
             edited(text, "archive = archive\n", "archive = archive\nremember = 50\n"));
  const Finished done = host.archive();
  REQUIRE(done.exit_code == 0);
  CHECK_THAT(done.out, Contains("4 RequestIDs are older than 50 days"));
  for (std::size_t i = 0; i < 2; ++i) {
    const HttpReply old = host.post(host.accepted[i].request);
    CHECK(old.status == 409);
    CHECK_THAT(old.body, Contains("RequestID no longer known") && Contains("new RequestID"));
  }
  CHECK(host.post(host.accepted[2].request).body == host.accepted[2].response);
  // Counters of others are theirs, and higher ones are decided.
  CHECK(host.answer("sna", "8.14.3", hub("Pending")) == "I99");
  CHECK(host.answer("eis", "8.14.3", hub("Pending")) == "I99");
  CHECK(host.command({"audit", "--verify"}).exit_code == 0);
}

TEST_CASE("Without a signing key an archive is hashed, and says that it is not signed") {
  ArchiveHost host(false);
  const Finished done = host.archive();
  CHECK(done.exit_code == 0);
  CHECK_THAT(done.out, Contains("note  without [signing] the archive is hashed, but not signed"));
  CHECK(host.post(host.accepted[0].request).body == host.accepted[0].response);
  CHECK_THAT(host.verify({}).out,
             Contains("ok    " + host.of_chain() + "6 records read") && Contains(", not signed"));
  const Finished asked = host.verify({"--certificate", host.certificate()});
  CHECK(asked.exit_code == 1);
  CHECK_THAT(asked.err, Contains("manifest.json: is not signed"));
}

TEST_CASE("What is wrong with an archive is named, and nothing is touched") {
  ArchiveHost host;
  const fs::path archive = host.directory_of_archive();
  fs::create_directory(archive);

  SECTION("a date that is none, or not the first of a month, or to come") {
    for (const char* date : {"2026-05-02", "2026-13-01", "May", "2026-5-1", "2099-01-01"}) {
      CAPTURE(date);
      host.check_refused(host.archive(date), "", "--before '" + std::string(date) + "': ");
    }
  }
  SECTION("a directory of something else") {
    write_file(archive / "letters.txt", "dear");
    host.check_refused(host.archive(), all_of(archive), "is not empty and has no manifest.json");
  }
  SECTION("a file, where a directory is expected") {
    fs::remove(archive);
    write_file(archive, "dear");
    CHECK_THAT(host.archive().err, Contains("archive: is no directory"));
  }
  SECTION("a manifest that is none") {
    write_file(archive / "manifest.json", "{}");
    host.check_refused(host.archive(), all_of(archive), "manifest.json: is no manifest");
  }
  SECTION("another store's, which our key has signed") {
    sample::Manifest manifest;
    manifest.store = std::string(16, 'x');
    const auto signer =
        dcc::duis::Signer::load(host.certificate(), host.directory() / "keys/dcc.key");
    sample::write_manifest(archive, manifest, [&](std::string_view text) {
      const auto signature = signer.sign(text);
      return std::string(signature.begin(), signature.end());
    });
    host.check_refused(host.archive(), all_of(archive), "is the archive of another store");
  }
  SECTION("one that another key has signed, or nobody") {
    sample::Manifest manifest;
    manifest.store = *dcc::adaptor::from_hex(host.get("/audit").at("store").at("id").as_string());
    sample::write_manifest(archive, manifest, {});
    host.check_refused(host.archive(), all_of(archive), "manifest.json: is not signed");
    sample::write_manifest(archive, manifest, [](auto) { return std::string(64, 's'); });
    host.check_refused(host.archive(), all_of(archive),
                       "signature is not valid, or not of this key");
  }
}

TEST_CASE("An archive that was damaged is refused and verified to be so") {
  ArchiveHost host;
  REQUIRE(host.archive().exit_code == 0);
  const auto check = [&](const std::string& why) {
    const Finished found = host.verify({"--certificate", host.certificate()});
    CAPTURE(found.out, found.err);
    CHECK(found.exit_code == 1);
    CHECK_THAT(found.out + found.err, Contains(why));
  };
  const std::string name = host.file_name(1);
  std::string octets = read_file(host.file_of(1));
  SECTION("a month is missing") {
    fs::remove(host.file_of(1));
    check(name + ": is missing");
    CHECK_THAT(host.archive().err, Contains(name + ": is missing: a month of the archive"));
  }
  SECTION("a month is shorter") {
    write_file(host.file_of(1), octets.substr(0, octets.size() - 1));
    check(name + ": is not the file that the manifest names");
    CHECK_THAT(host.archive().err, Contains(name + ": has "));
  }
  SECTION("a line is another") {
    octets[octets.size() / 2] = static_cast<char>(octets[octets.size() / 2] ^ 1);
    write_file(host.file_of(1), octets);
    check(name + ": is not the file that the manifest names");
    // A repeat whose octets cannot be read is known all the same.
    CHECK(host.post(host.accepted[1].request).status == 409);
    CHECK(host.post(host.accepted[0].request).body == host.accepted[0].response);
  }
  SECTION("the manifest leaves a month out") {
    auto manifest = sample::read_manifest(host.directory_of_archive(), std::nullopt);
    manifest.months.erase(manifest.months.begin() + 1);
    sample::write_manifest(host.directory_of_archive(), manifest, {});
    check("is not signed");
    CHECK_THAT(host.verify({}).err,
               Contains("a month is missing") && Contains("between " + host.months[0]));
  }
  SECTION("the end is cut off") {
    auto manifest = sample::read_manifest(host.directory_of_archive(), std::nullopt);
    manifest.months.pop_back();
    const auto signer =
        dcc::duis::Signer::load(host.certificate(), host.directory() / "keys/dcc.key");
    sample::write_manifest(host.directory_of_archive(), manifest, [&](std::string_view text) {
      const auto signature = signer.sign(text);
      return std::string(signature.begin(), signature.end());
    });
    CHECK_THAT(host.verify({"--config", host.configuration().string()}).out,
               Contains(host.of_chain() + "records 5 to 6 are neither here nor in the store"));
    CHECK_THAT(host.archive().err, Contains("what is between is in another archive"));
  }
}

TEST_CASE("A trail that was tampered with is not archived, and a renewed key is named once") {
  ArchiveHost host;
  REQUIRE(host.archive(host.months[1] + "-01").exit_code == 0);
  host.stop();
  const std::string text = read_file(host.configuration());
  write_file(host.configuration(),
             edited(edited(text, "certificates/dcc.pem", "certificates/eis.pem"), "keys/dcc.key",
                    "keys/eis.key"));
  const Finished old_head = host.archive();
  CHECK(old_head.exit_code == 1);
  CHECK_THAT(old_head.err, Contains("not of this key"));
  write_file(host.configuration(), text);
  host.tamper(4);
  const std::string before = all_of(host.directory_of_archive());
  const Finished refused = host.archive();
  CHECK(refused.exit_code == 1);
  CHECK_THAT(refused.err,
             Contains("the store's trail is not whole: " + host.of_chain() + "record 4"));
  CHECK(all_of(host.directory_of_archive()) == before);
}
