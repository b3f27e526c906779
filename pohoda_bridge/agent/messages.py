"""What the agent says to people: Czech first, English complete."""

from __future__ import annotations

from typing import Final, Literal

Language = Literal["cs", "en"]

TEXTS: Final[dict[str, tuple[str, str]]] = {
    "config": ("nastavení", "settings"),
    "config.bad": (
        "Nastavení agenta nelze přečíst. Zaregistrujte agenta příkazem enroll.",
        "The agent's settings cannot be read. Enrol the agent with the command enroll.",
    ),
    "config.absent": (
        "V této složce agent není. Zkontrolujte --home, nebo agenta zaregistrujte příkazem enroll.",
        "There is no agent in this folder. Check --home, or enrol the agent with the command enroll.",
    ),
    "key": ("klíč agenta", "agent key"),
    "key.bad": (
        "Klíč agenta chybí nebo je poškozený. Zaregistrujte agenta znovu.",
        "The agent's key is missing or damaged. Enrol the agent again.",
    ),
    "journal": ("deník", "journal"),
    "journal.bad": (
        "Deník nelze přečíst, zápisy do Pohody stojí. Obraťte se na podporu; teprve poté použijte renew-journal.",
        "The journal cannot be read, writes to Pohoda are stopped. Contact support; only then use renew-journal.",
    ),
    "disk": ("místo na disku", "disk space"),
    "disk.bad": ("Na disku je málo místa. Uvolněte aspoň 200 MB.", "The disk is nearly full. Free at least 200 MB."),
    "platform": ("spojení s Connectify", "connection to Connectify"),
    "platform.bad": (
        "Server Connectify neodpovídá. Zkontrolujte internet, proxy a firewall (odchozí HTTPS, port 443).",
        "The Connectify server does not answer. Check the internet, proxy and firewall (outbound HTTPS, port 443).",
    ),
    "platform.foreign": (
        "Místo serveru Connectify odpovídá někdo jiný (proxy nebo přihlašovací stránka sítě). "
        "Přihlaste se do sítě, nebo pro agenta povolte přímé spojení.",
        "Something else answers instead of the Connectify server (a proxy or the network's login page). "
        "Sign in to the network, or allow the agent a direct connection.",
    ),
    "mserver": ("POHODA mServer", "POHODA mServer"),
    "mserver.mserver_off": (
        "mServer neodpovídá. Spusťte ho v programu POHODA (Soubor / Datová komunikace / POHODA mServer).",
        "mServer does not answer. Start it in POHODA (File / Data communication / POHODA mServer).",
    ),
    "mserver.mserver_busy": (
        "mServer je zaneprázdněn nebo startuje. Zkuste to za chvíli.",
        "mServer is busy or starting. Try again in a while.",
    ),
    "mserver.denied": (
        "mServer odmítl přihlášení. Zkontrolujte uživatele, heslo a jeho právo na POHODA mServer.",
        "mServer refused the login. Check the user, the password and the right to use POHODA mServer.",
    ),
    "mserver.wrong_unit": (
        "mServer obsluhuje jinou účetní jednotku, databázi nebo rok, než pro jaké je agent registrován. "
        "Nastavte mu tu správnou, nebo agenta zaregistrujte pro tuto.",
        "mServer serves another unit, database or year than the agent is enrolled for. "
        "Set it to the right one, or enrol the agent for this one.",
    ),
    "mserver.mserver_unreadable": (
        "Na této adrese neodpovídá POHODA mServer. Zkontrolujte adresu a port.",
        "What answers at this address is not POHODA mServer. Check the address and port.",
    ),
    "rights": ("právo číst objednávky", "right to read orders"),
    "rights.bad": (
        "Seznam objednávek nelze přečíst. Uživatel potřebuje práva na datovou komunikaci a přijaté objednávky.",
        "The list of orders cannot be read. The user needs the rights to data communication and received orders.",
    ),
    "print": ("složka pro tisk", "print folder"),
    "print.bad": (
        "Do složky pro tisk nelze zapisovat, faktury nepůjdou stáhnout. Dejte k ní právo účtu agenta i účtu, "
        "pod kterým běží POHODA, nebo zvolte jinou (--print-dir).",
        "The print folder cannot be written to, so invoices cannot be fetched. Give the right to it to the account of "
        "the agent and to the one POHODA runs under, or choose another (--print-dir).",
    ),
    "enrolled": ("Agent je registrován pro IČO {ico}.", "The agent is enrolled for company number {ico}."),
    "enrol.denied": (
        "Kód neplatí nebo už byl použit. Vytvořte v Connectify nový (platí 15 minut).",
        "The code is not valid or was used before. Make a new one in Connectify (valid for 15 minutes).",
    ),
    "enrol.failed": ("Registrace se nezdařila: {detail}", "Enrolment failed: {detail}"),
    "enrol.other_ico": (
        "Kód patří účetní jednotce s IČO {ico}, ne {own}. Agent nebyl nastaven.",
        "The code belongs to the unit with company number {ico}, not {own}. The agent was not set up.",
    ),
    "enrol.https": ("Adresa serveru musí začínat https://.", "The server's address must begin with https://."),
    "enrol.password": (
        "Chybí heslo: --password-file SOUBOR nebo proměnná CONNECTIFY_POHODA_PASSWORD.",
        "No password: --password-file FILE or the variable CONNECTIFY_POHODA_PASSWORD.",
    ),
    "fenced": (
        "Agent s tímto klíčem běží i jinde (kopie počítače?). Tento se zastavil.",
        "An agent with this key runs elsewhere too (a copied machine?). This one has stopped.",
    ),
    "renewed": (
        "Nový deník: {generation}. Starý je uložen vedle.",
        "New journal: {generation}. The old is kept beside.",
    ),
    "ok": ("v pořádku", "ok"),
    "help": ("Connectify: agent programu POHODA", "Connectify: the agent of POHODA"),
    "help.lang": ("jazyk hlášení", "language of the messages"),
    "help.home": ("složka agenta", "the agent's folder"),
    "help.enroll": ("zaregistruje agenta kódem z Connectify", "enrol this agent with a code from Connectify"),
    "help.run": ("spustí agenta; běží, dokud ho nezastavíte", "run the agent until it is stopped"),
    "help.check": ("řekne, co je v pořádku a co s tím, co není", "say what is well, and what to do about the rest"),
    "help.renew": (
        "založí nový deník místo poškozeného; jen po domluvě s podporou",
        "replace a damaged journal; only when support says so",
    ),
    "help.server": ("adresa Connectify, https://…", "address of Connectify, https://…"),
    "help.code": (
        "jednorázový kód z Connectify, platí 15 minut",
        "one-time code from Connectify, valid for 15 minutes",
    ),
    "help.mserver": ("adresa mServeru, http://127.0.0.1:PORT", "address of mServer, http://127.0.0.1:PORT"),
    "help.user": ("uživatel programu POHODA pro agenta", "the POHODA user of the agent"),
    "help.password_file": (
        "soubor s jeho heslem; jinak proměnná CONNECTIFY_POHODA_PASSWORD",
        "file with its password; else the variable CONNECTIFY_POHODA_PASSWORD",
    ),
    "help.ico": ("IČO účetní jednotky", "company number of the accounting unit"),
    "help.database": ("databáze jednotky, StwPh_…_2026", "database of the unit, StwPh_…_2026"),
    "help.year": ("účetní rok", "accounting year"),
    "help.key": ("klíč účetní jednotky, když mají dvě stejné IČO", "key of the unit where two have one company number"),
    "help.print_dir": (
        "složka, kam POHODA tiskne faktury do PDF; jak ji vidí počítač s mServerem (výchozí: print ve složce agenta)",
        "folder for the PDFs of invoices, as the machine with mServer sees it (default: print in the agent's folder)",
    ),
    "help.write_deadline": (
        "kolik sekund čekat na zápis do Pohody (výchozí 60)",
        "seconds to wait for a write to Pohoda (default 60)",
    ),
    "help.read_deadline": (
        "kolik sekund čekat na čtení z Pohody (výchozí 600)",
        "seconds to wait for a read from Pohoda (default 600)",
    ),
}


def text(name: str, language: Language, **values: str) -> str:
    """The text in the language, with its values filled in."""
    return TEXTS[name][0 if language == "cs" else 1].format(**values)
