#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The console's page as its users see it, in Debian's Chromium.

    stories.py STORY --url URL --pictures DIR --axe FILE --settings FILE --profile DIR --client FILE

A story fails with what was expected. It waits for what the page shows, never for a time.
"""
import argparse
import json
import os
import pathlib
import shlex
import signal
import subprocess
import sys

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select, WebDriverWait

# Only a page that hangs takes that long; less than who runs this waits, so that no browser is left behind.
PATIENCE = 240
MAX_PICTURE = 200_000

STATUSES = ["Pending", "Whitelisted", "InstalledNotCommissioned", "Commissioned", "Decommissioned",
            "Withdrawn", "Suspended", "Recovery", "Recovered"]


class TooLong(BaseException):
    """Not an Exception: who asks a page again must not take it for one of the page's."""


class Page:
    def __init__(self, options):
        self.options = options
        chrome = webdriver.ChromeOptions()
        chrome.binary_location = "/usr/bin/chromium"
        for argument in ("--headless=new", "--disable-dev-shm-usage", "--disable-gpu", "--no-first-run",
                         "--disable-background-networking", "--hide-scrollbars",
                         "--user-data-dir=" + options.profile, "--window-size=1280,1000"):
            chrome.add_argument(argument)
        if os.geteuid() == 0:
            chrome.add_argument("--no-sandbox")
        chrome.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        self.driver = webdriver.Chrome(service=Service("/usr/bin/chromedriver"), options=chrome)

    def open(self, url):
        self.driver.get(url)

    def find(self, css):
        return self.driver.find_element(By.CSS_SELECTOR, css)

    def all(self, css):
        return self.driver.find_elements(By.CSS_SELECTOR, css)

    def text(self, css):
        return self.find(css).text

    def until(self, what, condition):
        """Asks again while the page changes under the question."""
        def ask(_):
            try:
                return condition()
            except Exception:  # pylint: disable=broad-except
                return False
        try:
            return WebDriverWait(self.driver, PATIENCE, poll_frequency=0.05).until(ask)
        except Exception:
            raise AssertionError(f"never seen: {what}; the page says:\n{self.text('body')}") from None

    def shows(self, css, part):
        self.until(f"{part!r} in {css}", lambda: part in self.text(css))

    def go(self, name):
        self.find(f"nav a[href='#{name}']").click()
        self.until(f"page {name}", lambda: self.find(f"#page-{name}").is_displayed())

    def press(self, css):
        """Once it has done what it was pressed for before: until then the page does not listen to it."""
        button = self.find(css)
        self.until(f"{css} is at rest", lambda: button.get_attribute("aria-busy") is None)
        button.click()

    def dark(self, on):
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {
            "features": [{"name": "prefers-color-scheme", "value": "dark" if on else "light"}]})

    def picture(self, name):
        file = pathlib.Path(self.options.pictures) / (name + ".png")
        self.driver.save_screenshot(str(file))
        size = file.stat().st_size
        check(size < MAX_PICTURE, f"{file} has {size} octets, expected less than {MAX_PICTURE}")

    def axe(self, name):
        """No error by axe-core, in either scheme, and readable at 200 %: nothing beside the page."""
        source = pathlib.Path(self.options.axe).read_text(encoding="utf-8")
        for dark in (False, True):
            self.dark(dark)
            self.driver.execute_script(source)
            found = self.driver.execute_async_script(
                "const done = arguments[0]; axe.run(document).then(r => done(r.violations.map("
                "v => v.id + ': ' + v.help + ' ' + v.nodes.map(n => n.html).join(' '))))")
            check(found == [], f"{name}, dark {dark}: axe-core finds {found}")
        self.dark(False)
        self.driver.set_window_size(640, 1000)  # as 1280 at 200 %
        wide = self.driver.execute_script(
            "return document.documentElement.scrollWidth - document.documentElement.clientWidth")
        check(wide <= 0, f"{name}: {wide} pixels stand beside the page at 200 %")
        self.driver.set_window_size(1280, 1000)

    def console_is_quiet(self):
        lines = [line["message"] for line in self.driver.get_log("browser")
                 if "Failed to load resource" not in line["message"]]
        check(lines == [], f"the browser complains: {lines}")


def check(holds, what):
    if not holds:
        raise AssertionError(what)


def save(file, text):
    """As an editor does it: by rename."""
    other = file + ".new"
    pathlib.Path(other).write_text(text, encoding="utf-8")
    os.chmod(other, 0o600)
    os.rename(other, file)


# ---- The rule as it runs ---------------------------------------------------------------------------


def codes(page, srv):
    """By hub, then by column; as one look, because the table may be replaced at any time."""
    return page.driver.execute_script("""
        const table = {};
        for (const row of document.querySelectorAll(`table[data-srv='${arguments[0]}'] tbody tr`))
          table[row.querySelector("th").innerText] =
            [...row.querySelectorAll(".code")].map((code) => code.innerText.split(" ").pop());
        return table;""", srv)


def expected(status, sna):
    """EIS, GIS, SNA confirmed, SNA not confirmed, ES, ED, GT, OU, MDR."""
    confirmed, other = ("I99", "E4") if status == "Pending" else ("E5", "E5")
    if not sna:
        confirmed = other = "E2"
    return ["I99", "I99", confirmed, other] + ["E2"] * 5


def rule(page):
    page.open(page.options.url)
    page.shows("#host", "ch-returns")
    page.until("the tables", lambda: len(page.all("table")) == 2)
    check("#" not in page.driver.current_url, "the token has left the address")
    for srv in ("8.14.3", "8.14.4"):
        table = codes(page, srv)
        for status in STATUSES:
            check(table[status] == expected(status, True), f"{srv}, {status}: {table[status]}")
        check(table["not in the inventory"][0] == "E19", "E19")
        check(table["no hub: an ESME"][0] == "E11", "E11")

    # The reason, with the mouse and without.
    cells = page.all("table[data-srv='8.14.3'] tbody tr:nth-child(4) .code")
    ActionChains(page.driver).move_to_element(cells[2]).perform()
    page.shows("#reason", "is Commissioned; allowed: Pending")
    page.find("table[data-srv='8.14.3'] .code[tabindex='0']").send_keys(Keys.ARROW_RIGHT)
    page.shows("#reason", "GIS (Gas Supplier), Pending: I99.")
    page.driver.switch_to.active_element.send_keys(Keys.ARROW_DOWN)
    page.shows("#reason", "GIS (Gas Supplier), Whitelisted: I99.")
    check(len(page.all("table[data-srv='8.14.3'] .code[tabindex='0']")) == 1, "one stop of the tab key")
    page.axe("rule")
    page.picture("rule")
    page.dark(True)
    page.picture("rule-dark")
    page.dark(False)

    # What runs is what is shown, without a click.
    text = pathlib.Path(page.options.settings).read_text(encoding="utf-8")
    save(page.options.settings, text.replace("SNA = Pending", "SNA = none"))
    page.until("SNA switched off", lambda: codes(page, "8.14.4")["Pending"] == expected("Pending", False))
    save(page.options.settings, text.replace("SNA = Pending", "SNA = Pnding", 1))
    page.shows("#host", "Pnding")
    check(codes(page, "8.14.3")["Pending"] == expected("Pending", False), "what ran still runs")
    save(page.options.settings, text)
    page.until("SNA switched on", lambda: codes(page, "8.14.4")["Pending"] == expected("Pending", True))

    # Dated settings, by a day of one's choice.
    save(page.options.settings, text.replace(";from = 2026-11-05", "from = 2026-12-24"))
    date = page.find("#rule-date")
    for day, code in (("2026-12-23", "E2"), ("2026-12-24", "I99")):
        page.driver.execute_script("arguments[0].value = arguments[1]", date, day)
        def then(code=code):
            page.press("#rule-form button")
            return codes(page, "8.14.3")["Pending"][2] == code
        page.until(f"{code} on {day}", then)
    page.console_is_quiet()


def candidate(page):
    page.open(page.options.url)
    page.shows("#host", "ch-returns")
    page.go("settings")
    text = page.find("#settings-text")
    page.until("the settings", lambda: "SNA = Pending" in text.get_property("value"))
    saved = text.get_property("value")

    def edit(value):
        page.driver.execute_script("arguments[0].value = arguments[1]", text, value)

    def beside(which):
        page.go("rule")
        Select(page.find("#beside")).select_by_value(which)
        page.press("#rule-form button")

    # What the editor has, not saved.
    edit(saved.replace("SNA = Pending", "SNA = Pending, Commissioned"))
    beside("settings")
    page.shows("#candidate-said", "4 of 198 answers are others. Decided by ch-returns")
    marked = page.all("#candidate .differs")
    check([code.text for code in marked] == ["\u2260 \u2713 I99", "\u2260 \u2717 E4"] * 2, "what is marked")
    ActionChains(page.driver).move_to_element(marked[0]).perform()
    page.shows("#reason", "Candidate, 8.14.3, SNA (agent, confirmed by the hub's Supplier), Commissioned: I99, "
               "and not E5 as it runs.")
    check(codes(page, "8.14.3")["Commissioned"] == expected("Commissioned", True), "what runs still runs")
    page.axe("candidate")
    page.driver.execute_script("document.querySelector('#candidate').scrollIntoView()")
    page.picture("candidate")

    # Refused as the host would refuse it; then another build, with what is saved and with what is not.
    page.go("settings")
    edit(saved.replace("SNA = Pending", "SNA = Pnding", 1))
    beside("settings")
    page.shows("#candidate-said", "the candidate is refused: ")
    page.shows("#candidate-said", "Pnding")
    beside("build")
    page.shows("#candidate-said", "0 of 198 answers are others.")
    page.go("settings")
    edit(saved.replace("SNA = Pending", "SNA = none"))
    beside("both")
    page.shows("#candidate-said", "44 of 198 answers are others.")
    beside("")
    page.until("no candidate", lambda: not page.find("#candidate").is_displayed())
    page.console_is_quiet()


# ---- Send ------------------------------------------------------------------------------------------


def fill(page, user, srv, device):
    Select(page.find("#send-user")).select_by_value(user)
    Select(page.find("#send-srv")).select_by_value(srv)
    field = page.find("#send-device")
    field.clear()
    field.send_keys(device)


def sent(page, number):
    page.until(f"{number} requests sent", lambda: len(page.all("#history li")) == number)


def send(page):
    page.open(page.options.url)
    page.shows("#host", "ch-returns")
    page.go("send")
    page.until("Users", lambda: len(page.all("#send-user option")) > 5)
    labels = [option.text for option in page.all("#send-user option")]
    check("gis: GIS, Active, <img src=x onerror=alert(1)>" in labels, f"names are text: {labels}")
    check("unknown: not in the host's register" in labels, f"{labels}")

    # Refused with E5, and why: without reading anything else.
    fill(page, "sna", "8.14.3", "00-DB-12-34-56-78-90-04")
    page.press("#send-form button[type='submit']")
    sent(page, 1)
    page.shows("#title-result", "E5 Device (SMI) status incompatible")
    page.shows("#result-why", "is Commissioned; allowed: Pending")
    page.shows("#result-facts", "verified: signed by 90-B3-D5-1F-30-00-00-02")
    page.shows("#result-facts", "ch-returns")
    page.shows("#result-known", "status Commissioned")
    page.shows("#result-document", "<sr:DeviceID>00-DB-12-34-56-78-90-04</sr:DeviceID>")
    page.shows("#result-answer", "<sr:ResponseCode>E5</sr:ResponseCode>")
    check(page.driver.switch_to.active_element.get_attribute("id") == "title-result", "the answer has the focus")
    page.axe("send")
    page.driver.execute_script("window.scrollTo(0, 0)")
    page.picture("send")

    answer = page.text("#result-answer")
    page.press("#again")
    sent(page, 2)
    check(page.text("#result-answer") == answer, "a repeat gets the stored octets")
    page.press("#change")
    sent(page, 3)
    page.shows("#title-result", "HTTP 403")
    page.all("#history button")[1].click()
    page.shows("#title-result", "E5")
    page.press("#other")
    sent(page, 4)
    page.shows("#title-result", "HTTP 409")

    # Text of a message is text, in the page and in what the host says of it.
    Select(page.find("#send-srv")).select_by_value("8.14.4")
    fill(page, "eis", "8.14.4", "00-DB-12-34-56-78-90-01")
    page.press("#send-details summary")
    check(page.all("#item-CHFNoFaultReturnType option")[4].text == "Lost or Stolen Hub", "values as a list")
    check(page.find("#item-UserRefID").get_attribute("maxlength") == "25", "lengths")
    page.find("#item-AdditionalInformation").send_keys("<script>alert(1)</script>&<b>bold</b>")
    page.axe("send, items")
    page.press("#send-form button[type='submit']")
    sent(page, 5)
    page.shows("#title-result", "I99 acknowledged")
    page.shows("#result-document", "&lt;script")
    check(page.all("#page-send script, #page-send b, #page-send img") == [], "no markup from a message")

    # A hub that is none, refused before it is sent; and one that the schema lets pass.
    fill(page, "lonely", "8.14.3", "no hub")
    page.press("#send-form button[type='submit']")
    check(len(page.all("#history li")) == 5, "the form knows what a Device ID looks like")
    fill(page, "lonely", "8.14.3", "00-DB-12-34-56-78-90-01")
    page.press("#send-form button[type='submit']")
    sent(page, 6)
    page.shows("#title-result", "E4")
    page.console_is_quiet()


def send_more(page):
    """Several at once, templates, the export, and the same from a command line."""
    page.open(page.options.url)
    page.shows("#host", "ch-returns")
    page.go("send")
    fill(page, "sna", "8.14.3", "00-DB-12-34-56-78-90-04")
    page.press("#send-details summary")
    page.find("#item-AdditionalInformation").send_keys("the hub's lid")
    page.press("#keep")
    page.find("#send-count").clear()
    page.find("#send-count").send_keys("20")
    page.press("#send-form button[type='submit']")
    sent(page, 20)
    page.shows("#send-said", "20 at once: E5 20; the slowest took")

    # The same octets get the stored answer, from a shell.
    page.press("#as-curl")
    page.until("curl", lambda: page.find("#command").get_property("textContent").startswith("curl "))
    done = subprocess.run(["sh", "-c", page.find("#command").get_property("textContent")], check=True,
                          capture_output=True, text=True, timeout=PATIENCE)
    answer = page.find("#result-answer").get_property("textContent")
    check(done.stdout == answer.replace(">\n<", "><"), f"curl: {done.stdout}{done.stderr}")
    page.press("#as-client")
    words = shlex.split(page.find("#command").get_property("textContent"))
    check(words[:2] == ["duis-client", "send"], f"{words}")
    check(words[words.index("--additional-information") + 1] == "the hub's lid", f"{words}")
    done = subprocess.run([page.options.client] + words[1:], capture_output=True, text=True, timeout=PATIENCE,
                          check=False)
    check(done.returncode == 2 and "E5" in done.stdout, f"duis-client: {done.stdout}{done.stderr}")
    page.axe("send, several")

    directory = pathlib.Path(page.options.profile) / "downloads"
    directory.mkdir()
    page.driver.execute_cdp_cmd("Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(directory)})
    page.press("#export")
    file = directory / "duis-console.json"
    page.until("the export", file.exists)
    exported = page.until("all of it", lambda: json.loads(file.read_text(encoding="utf-8")))
    check(len(exported["history"]) == 20, "the history")
    check(exported["templates"][0]["question"]["items"]["AdditionalInformation"] == "the hub's lid", "the template")

    page.driver.refresh()
    page.shows("#host", "ch-returns")
    page.go("send")
    page.find("#templates-file").send_keys(str(file))
    page.shows("#send-said", "1 templates read")
    Select(page.find("#template")).select_by_index(1)
    page.until("the form is filled", lambda: page.find("#send-device").get_property("value") == "00-DB-12-34-56-78-90-04")
    page.until("its items, too", lambda: page.find("#item-AdditionalInformation").get_property("value") == "the hub's lid")
    file.write_text('{"templates": [{"question": {"user": 1}}]}', encoding="utf-8")
    page.find("#templates-file").send_keys(str(file))
    page.shows("#trouble", "expected an export of this page")
    page.console_is_quiet()


# ---- Toggle SNA ------------------------------------------------------------------------------------


def settings(page):
    page.open(page.options.url)
    page.shows("#host", "ch-returns")
    page.go("settings")
    page.shows("#switch-state", "(on)")
    page.axe("settings")
    page.press("#switch")
    page.shows("#settings-said", "Live")
    page.shows("#switch-state", "(off)")
    check("ms after saving" in page.text("#settings-said"), "the moment of going live")
    page.until("SNA is off in the rule",
               lambda: page.go("rule") or codes(page, "8.14.3")["Pending"] == expected("Pending", False))
    page.go("settings")
    page.press("#switch")
    page.shows("#switch-state", "(on)")
    page.shows("#settings-said", "Live")

    # On again is as it was.
    text = page.find("#settings-text")
    shipped = text.get_property("value")
    more = shipped.replace("SNA = Pending", "SNA = Pending, Whitelisted", 1)
    for button, wanted in (("#settings-form button[type='submit']", more), ("#switch", None), ("#switch", more)):
        if button != "#switch":
            page.driver.execute_script("arguments[0].value = arguments[1]", text, more)
        page.press(button)
        page.until("saved and live", lambda: page.find(button).get_attribute("aria-busy") is None
                   and "Live" in page.text("#settings-said"))
        check(wanted in (None, text.get_property("value")), "on again is as it was")
    page.driver.execute_script("arguments[0].value = arguments[1]", text, shipped)
    page.press("#settings-form button[type='submit']")
    page.until("as shipped", lambda: page.find("#settings-form button").get_attribute("aria-busy") is None
               and text.get_property("value") == shipped)

    # Refused by the host: at which line, and that what ran still runs.
    good = text.get_property("value")
    bad = good.replace("SNA = Pending", "SNA = Pnding", 1)
    page.driver.execute_script("arguments[0].value = arguments[1]", text, bad)
    page.press("#settings-form button[type='submit']")
    page.shows("#settings-said", "Not live")
    page.shows("#settings-said", "What ran before still runs")
    number = bad.split("\n").index("SNA = Pnding") + 1
    page.shows("#to-line", f"Line {number}: SNA = Pnding")
    page.shows("#host", "is live; what lies there is refused")
    page.axe("settings, refused")
    page.driver.execute_script("window.scrollTo(0, 0)")
    page.picture("settings")
    page.press("#to-line")
    marked = page.driver.execute_script(
        "const t = document.activeElement; return t.value.slice(t.selectionStart, t.selectionEnd)")
    check(marked == "SNA = Pnding", f"the line is marked: {marked}")
    page.press("#rollback")
    page.shows("#settings-said", "Live")
    page.until("what ran before is back", lambda: text.get_property("value") == good)
    page.until("nothing more to roll back to", lambda: page.find("#rollback").get_attribute("aria-disabled") == "true")

    # Somebody else is faster.
    save(page.options.settings, good + "; by another console\n")
    page.press("#switch")
    page.shows("#trouble", "changed by somebody else")
    page.press("#discard")
    page.until("what the other has saved", lambda: "by another console" in text.get_property("value"))
    page.driver.execute_script("arguments[0].value = arguments[1]", text, good)
    page.press("#settings-form button[type='submit']")
    page.shows("#settings-said", "Live")
    page.console_is_quiet()


# ---- Hubs, world -----------------------------------------------------------------------------------


def hubs(page):
    hub = "00-DB-12-34-56-78-90-04"
    page.open(page.options.url)
    page.shows("#host", "ch-returns")
    page.until("hubs of the world are offered", lambda: len(page.all("#offered option")) > 5)

    def returns(number, code):
        page.go("send")
        fill(page, "sna", "8.14.3", hub)
        page.press("#send-form button[type='submit']")
        sent(page, number)
        page.shows("#title-result", code)

    def look(words):
        page.go("hubs")
        page.find("#hub-device").clear()
        page.find("#hub-device").send_keys(hub)
        page.press("#hub-form button")
        page.shows("#title-hub", words)

    returns(1, "E5")
    look(f"{hub}: CHF, Commissioned")
    page.shows("#hub-outcomes", "is Commissioned; allowed: Pending")
    page.shows("#hub-relations", "90-B3-D5-1F-30-01-00-00 eis (EIS, Active)")
    page.shows("#hub-relations", "lonely: not appointed; sna: appointed")
    Select(page.find("#hub-status")).select_by_value("Pending")
    page.press("#hub-status-form button")
    page.shows("#title-hub", f"{hub}: CHF, Pending")
    returns(2, "I99")
    look(f"{hub}: CHF, Pending")
    page.until("its two outcomes", lambda: len(page.all("#hub-outcomes tbody tr")) == 2)
    page.axe("hubs")
    page.driver.execute_script("window.scrollTo(0, 0)")
    page.picture("hubs")

    page.go("world")
    page.press("#reset")
    page.shows("#reset-said", "appointments: ")
    page.axe("world")
    look(f"{hub}: CHF, Commissioned")
    page.until("what was answered stays", lambda: len(page.all("#hub-outcomes tbody tr")) == 2)
    page.console_is_quiet()


# ---- Live ------------------------------------------------------------------------------------------


def live(page):
    page.open(page.options.url)
    page.shows("#host", "ch-returns")
    page.go("live")
    page.shows("#live-outcomes", "Nothing came yet")
    page.axe("live, nothing yet")
    Select(page.find("#load-user")).select_by_value("sna")
    page.find("#load-device").send_keys("00-DB-12-34-56-78-90-04")
    for name, value in (("#load-rate", "50"), ("#load-seconds", "60")):
        page.find(name).clear()
        page.find(name).send_keys(value)
    page.press("#load-form button[type='submit']")
    page.shows("#live-codes", "\u2717 E5")
    page.shows("#load-said", "The load runs")
    page.press("#load-form button[type='submit']")
    page.shows("#trouble", "a load runs already")

    # A swap under load: the picture has its line, and no request fails.
    text = pathlib.Path(page.options.settings).read_text(encoding="utf-8")
    save(page.options.settings, text.replace("SNA = Pending", "SNA = Pending, Commissioned"))
    page.shows("#live-codes", "\u2713 I99")
    page.shows("#live-said", "decided by ch-returns")
    page.until("the line of the swap", lambda: len(page.all("#chart .swap")) == 1)
    page.until("bars of both kinds", lambda: page.driver.execute_script(
        "return ['ok', 'no'].every(k => [...document.querySelectorAll('#chart .bar-' + k)]"
        ".some(bar => Number(bar.getAttribute('height')) > 0))"))
    page.axe("live")
    page.driver.execute_script("window.scrollTo(0, 0)")
    page.picture("live")
    page.press("#stop-load")
    page.shows("#load-said", "The load has ended")
    page.shows("#load-said", "without an answer 0; by code: E5 ")
    page.shows("#load-said", "99 %")
    check("HTTP" not in page.text("#load-said"), "nothing but responses")
    page.console_is_quiet()


# ---- Audit -----------------------------------------------------------------------------------------


def audit(page):
    page.open(page.options.url)
    page.shows("#host", "ch-returns")
    page.go("send")
    fill(page, "sna", "8.14.3", "00-DB-12-34-56-78-90-04")
    page.press("#send-form button[type='submit']")
    sent(page, 1)
    request_id = page.all("#result-facts dd")[1].text
    answer = page.text("#result-answer")

    page.go("audit")
    page.shows("#audit-head", "Records\n1\n")
    page.press("#verify")
    page.shows("#verify-said", "1 records read")
    name = page.find("#record-name")

    def show(text):
        name.clear()
        name.send_keys(text)
        page.press("#record-form button")

    show(request_id)
    page.shows("#title-record", "Record 1: \u2717 E5 8.14.3")
    page.shows("#record-why", "is Commissioned; allowed: Pending")
    page.shows("#record-known", "status Commissioned")
    page.shows("#record-request", "<sr:DeviceID>00-DB-12-34-56-78-90-04</sr:DeviceID>")
    page.until("the response is what was sent", lambda: page.text("#record-response") == answer)
    page.press("#decide-again")
    page.shows("#decided-again", "The same again: \u2717 E5")
    page.axe("audit")
    page.driver.execute_script("window.scrollTo(0, 0)")
    page.picture("audit")

    # By other settings: what is live now, on the facts of then.
    text = pathlib.Path(page.options.settings).read_text(encoding="utf-8")
    save(page.options.settings, text.replace("SNA = Pending", "SNA = Pending, Commissioned"))

    def again():
        page.press("#decide-again")
        return "Not the same: it was E5, and now is \u2713 I99" in page.text("#decided-again")
    page.until("I99 by other settings", again)
    show("2")
    page.shows("#trouble", "no outcome has cursor 2")
    show("1")
    page.until("record 1, by its cursor", lambda: not page.find("#trouble").is_displayed())
    page.shows("#title-record", "Record 1: ")
    show(request_id + "0")
    page.shows("#trouble", "nothing in the store was answered to RequestID")
    page.console_is_quiet()


# ---- In between ------------------------------------------------------------------------------------


def between(page):
    """A client of one's own, which shows less than the page does."""
    page.open(page.options.url)
    page.shows("#host", "ch-returns")
    page.go("between")
    page.shows("#between-url", "http://127.0.0.1:")
    page.shows("#fault-said", "Everything is passed on.")
    page.axe("between, nothing yet")
    url = page.text("#between-url")
    page.go("send")
    fill(page, "sna", "8.14.3", "00-DB-12-34-56-78-90-04")
    page.press("#send-form button[type='submit']")
    sent(page, 1)
    page.press("#as-client")
    words = shlex.split(page.find("#command").get_property("textContent"))[1:]
    words[words.index("--url") + 1] = url

    def client(*more):
        return subprocess.run([page.options.client, *words, *more], capture_output=True, text=True,
                              timeout=PATIENCE, check=False)
    page.go("between")
    done = client()
    check(done.returncode == 2 and "E5" in done.stdout, f"duis-client: {done.stdout}{done.stderr}")
    page.shows("#exchanges", "E5 Device (SMI) status incompatible; passed on")
    page.press("#exchanges summary")
    page.shows("#exchanges pre", "<sr:DeviceID>00-DB-12-34-56-78-90-04</sr:DeviceID>")

    # What curl does not show, and text that is text.
    subprocess.run(["curl", "-sS", "-o", "/dev/null", "-H", "Content-Type: application/xml", "--data-binary",
                    "<script>alert(1)</script>", url], check=True, timeout=PATIENCE)
    page.shows("#exchanges li:first-child summary", "HTTP 400")
    page.press("#exchanges li:first-child summary")
    page.shows("#exchanges li:first-child", "<script>alert(1)</script>")
    check(page.all("#exchanges script") == [], "no markup from a message")

    # A client's own time-out: the host has answered, and the client does not know.
    page.find("#fault-time").clear()
    page.find("#fault-time").send_keys("60000")
    page.press("#fault-form button[type='submit']")
    page.shows("#fault-said", "The next request: the answer comes late, by 60000 ms.")
    done = client("--timeout", "1")
    check(done.returncode == 3, f"duis-client: {done.returncode} {done.stdout}{done.stderr}")
    page.shows("#exchanges li:first-child", "the client had gone before the answer came")
    page.shows("#fault-said", "Everything is passed on.")

    Select(page.find("#fault-kind")).select_by_value("unavailable")
    page.find("#fault-requests").clear()
    page.find("#fault-requests").send_keys("2")
    page.press("#fault-form button[type='submit']")
    page.shows("#fault-said", "The next 2 requests: 503 from here")
    client()
    page.shows("#exchanges li:first-child", "HTTP 503")
    page.shows("#fault-said", "The next request: 503 from here")
    page.axe("between")
    page.driver.execute_script("window.scrollTo(0, 0)")
    page.picture("between")
    page.press("#no-fault")
    page.shows("#fault-said", "Everything is passed on.")
    check(client().returncode == 2, "as ever")
    page.until("five exchanges", lambda: len(page.all("#exchanges li")) == 5)
    page.console_is_quiet()


# ---- What goes wrong -------------------------------------------------------------------------------


def no_token(page):
    page.open(page.options.url.split("#")[0])
    page.shows("#trouble", "Open the address that duis-client console has printed")
    page.open(page.options.url.split("#")[0] + "#" + "0" * 32)
    page.driver.refresh()
    page.shows("#host", "another start of the console")
    page.axe("no token")


def host_away(page):
    """Until somebody who reads "away" starts the host again."""
    page.open(page.options.url)
    page.shows("#host", "the host's admin interface")
    page.shows("#host", "Connection refused")
    page.axe("host away")
    print("away", file=sys.stderr, flush=True)
    page.shows("#host", "is live")
    page.until("the rule", lambda: codes(page, "8.14.3")["Pending"] == expected("Pending", True))
    page.until("Users", lambda: len(page.all("#send-user option")) > 5)


STORIES = {"rule": rule, "candidate": candidate, "send": send, "send-more": send_more, "settings": settings,
           "hubs": hubs, "live": live, "audit": audit,
           "between": between, "no-token": no_token, "host-away": host_away}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("story", choices=STORIES)
    for name in ("url", "pictures", "axe", "settings", "profile", "client"):
        parser.add_argument("--" + name, required=True)
    options = parser.parse_args()
    page = Page(options)

    def too_long(*_):
        raise TooLong(f"the story takes longer than {PATIENCE} s; the page says:\n{page.text('body')}")
    signal.signal(signal.SIGALRM, too_long)
    signal.alarm(PATIENCE)
    try:
        STORIES[options.story](page)
    except (AssertionError, TooLong) as error:
        page.driver.save_screenshot(str(pathlib.Path(options.pictures) / ("failed-" + options.story + ".png")))
        print(error, file=sys.stderr)
        return 1
    finally:
        page.driver.quit()
    return 0


if __name__ == "__main__":
    sys.exit(main())
