"""Who may connect: every trick with Host, Origin and the token that we know of."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tickterm.access import Access, is_loopback

LOCAL = Access(port=8765)
IPV6 = Access("::1", 8765)
LAN = Access("192.168.1.5", 8765, "t")
LAN6 = Access("2001:DB8:0:0::5", 8765, "t")
NAMED = Access("Gateway", 8765, "t")
EVERY = Access("0.0.0.0", 8765, "t")
EVERY6 = Access("::", 8765, "t")
EIGHTY = Access("192.168.1.5", 80, "t")
PROXY = Access(port=8765, token="t", public_urls=("https://gw.example.com/ticks",))
PROXY_PORT = Access(port=8765, token="t", public_urls=("https://GW.example.com:443/",))
PROXY_ODD = Access(port=8765, token="t", public_urls=("https://gw.example.com:8443",))
PROXY_PLAIN = Access(port=8765, token="t", public_urls=("http://gw.example.com:80",))
PROXY_IPV6 = Access(port=8765, token="t", public_urls=("https://[2001:DB8::0:5]/t",))
PROXIES = Access(port=8765, token="t", public_urls=("https://a.example", "https://b.example:444"))

Case = tuple[Access, list[str], list[str]]

ALLOWED: list[Case] = [
    # A program, which sends no Origin.
    (LOCAL, ["127.0.0.1:8765"], []),
    (LOCAL, ["localhost:8765"], []),
    (LOCAL, ["[::1]:8765"], []),
    (LOCAL, ["[0:0:0:0:0:0:0:1]:8765"], []),
    (LOCAL, ["LocalHost:8765"], []),
    (LOCAL, ["localhost"], []),
    (IPV6, ["[::1]:8765"], []),
    # Our own page, also through `ssh -L`, whose port is another.
    (LOCAL, ["127.0.0.1:8765"], ["http://127.0.0.1:8765"]),
    (LOCAL, ["localhost:9999"], ["http://localhost:9999"]),
    (LOCAL, ["[::1]:8765"], ["http://[::1]:8765"]),
    (LOCAL, ["LOCALHOST:8765"], ["HTTP://localhost:8765"]),
    (LOCAL, ["localhost"], ["http://localhost"]),
    (LOCAL, ["localhost:8443"], ["https://localhost:8443"]),
    # Bound to an address or a name that others can reach.
    (LAN, ["192.168.1.5:8765"], ["http://192.168.1.5:8765"]),
    (LAN, ["localhost:9999"], ["http://localhost:9999"]),
    (LAN6, ["[2001:db8::5]:8765"], ["http://[2001:db8::5]:8765"]),
    (LAN6, ["[2001:db8:0::0:5]:8765"], []),
    (NAMED, ["gateway:8765"], ["http://gateway:8765"]),
    (EIGHTY, ["192.168.1.5"], ["http://192.168.1.5"]),
    # Bound to every address: any of them, by number.
    (EVERY, ["10.0.0.7:8765"], ["http://10.0.0.7:8765"]),
    (EVERY, ["[fe80::1]:8765"], []),
    (EVERY6, ["[2001:db8::7]:8765"], ["http://[2001:db8::7]:8765"]),
    (EVERY6, ["127.0.0.1:8765"], []),
    # Through a proxy, which passes the Host on or puts its own in place.
    (PROXY, ["gw.example.com"], ["https://gw.example.com"]),
    (PROXY, ["GW.Example.com"], ["https://gw.example.com"]),
    (PROXY, ["127.0.0.1:8765"], ["https://gw.example.com"]),
    (PROXY, ["gw.example.com"], []),
    (PROXY, ["127.0.0.1:8765"], ["http://127.0.0.1:8765"]),
    (PROXY_PORT, ["gw.example.com"], ["https://gw.example.com"]),
    (PROXY_ODD, ["gw.example.com:8443"], ["https://gw.example.com:8443"]),
    (PROXY_PLAIN, ["gw.example.com"], ["http://gw.example.com"]),
    (PROXY_IPV6, ["[2001:db8::5]"], ["https://[2001:db8::5]"]),
    (PROXIES, ["a.example"], ["https://a.example"]),
    (PROXIES, ["b.example:444"], ["https://b.example:444"]),
    (PROXIES, ["localhost:8765"], ["https://b.example:444"]),
]

BAD_HOSTS: list[Case] = [
    (LOCAL, [], []),
    (LOCAL, [""], []),
    (LOCAL, ["127.0.0.1:8765", "127.0.0.1:8765"], []),
    (LOCAL, ["127.0.0.1:8765", "evil.example"], []),
    # A name that only an attacker's name server points at us.
    (LOCAL, ["evil.example:8765"], ["http://evil.example:8765"]),
    (LOCAL, ["localhost.evil.example:8765"], []),
    (LOCAL, ["127.0.0.1.evil.example:8765"], []),
    (LOCAL, ["evil-localhost:8765"], []),
    (LOCAL, ["localhost.:8765"], []),
    (LOCAL, ["192.168.1.5:8765"], []),
    (LOCAL, ["0.0.0.0:8765"], []),
    (LOCAL, ["2130706433:8765"], []),
    (LOCAL, ["[::ffff:7f00:1]:8765"], []),
    (LOCAL, ["gw.example.com"], []),
    (LAN, ["192.168.1.5:80"], []),
    (LAN, ["192.168.1.5"], []),
    (LAN, ["192.168.1.6:8765"], []),
    (EVERY, ["evil.example:8765"], []),
    (EVERY, ["10.0.0.7:8766"], []),
    (EVERY, ["10.0.0.7"], []),
    (EVERY, ["10.0.0.7:0"], []),
    (EIGHTY, ["192.168.1.5:0"], []),
    # No host at all, though something that reads URLs might find one in it.
    (LOCAL, ["localhost@evil.example:8765"], []),
    (LOCAL, ["evil.example@localhost:8765"], []),
    (LOCAL, ["localhost:8765@evil.example"], []),
    (LOCAL, ["@localhost:8765"], []),
    (LOCAL, ["localhost:8765/evil.example"], []),
    (LOCAL, ["localhost:8765?evil"], []),
    (LOCAL, ["localhost:8765#evil"], []),
    (LOCAL, ["evil.example\\localhost:8765"], []),
    (LOCAL, ["localhost:8765,evil.example"], []),
    (LOCAL, ["localhost:8765 evil.example"], []),
    (LOCAL, ["local\thost:8765"], []),
    (LOCAL, [" localhost:8765"], []),
    (LOCAL, ["localhost:8765\n"], []),
    (LOCAL, ["http://localhost:8765"], []),
    (LOCAL, ["localhost:87 65"], []),
    (LOCAL, ["localhost:123456"], []),
    (LOCAL, ["localhost:"], []),
    (LOCAL, ["localhost:-1"], []),
    (LOCAL, ["localhost:８７６５"], []),
    (LOCAL, ["localhost:8765:8765"], []),
    (LOCAL, ["::1:8765"], []),
    (LOCAL, ["[::1:8765"], []),
    (LOCAL, ["::1]:8765"], []),
    (LOCAL, ["[localhost]:8765"], []),
    (LOCAL, ["[127.0.0.1]:8765"], []),
    (LOCAL, ["[::1%25lo]:8765"], []),
    (LOCAL, ["[::1]evil.example:8765"], []),
    (LOCAL, ["evil.example[::1]:8765"], []),
    (LOCAL, ["loc%61lhost:8765"], []),
    (LOCAL, ["localhost%00.evil.example:8765"], []),
    (LOCAL, ["localhost\x00:8765"], []),
    (LOCAL, ["ⓛocalhost:8765"], []),
    (LOCAL, ["localhost℀:8765"], []),
    (LOCAL, [":8765"], []),
    # Of a proxy, exactly its own.
    (PROXY, ["gw.example.com:8765"], []),
    (PROXY, ["gw.example.com."], []),
    (PROXY, ["example.com"], []),
    (PROXY, ["evil.gw.example.com"], []),
    (PROXY, ["gw.example.com.evil.example"], []),
    (PROXY, ["gw.example.com/ticks"], []),
    (PROXY_ODD, ["gw.example.com"], []),
]

BAD_ORIGINS: list[Case] = [
    (LOCAL, ["127.0.0.1:8765"], [""]),
    (LOCAL, ["127.0.0.1:8765"], ["null"]),
    (LOCAL, ["127.0.0.1:8765"], ["file://"]),
    (LOCAL, ["127.0.0.1:8765"], ["http://evil.example"]),
    (LOCAL, ["127.0.0.1:8765"], ["http://127.0.0.1"]),
    (LOCAL, ["127.0.0.1:8765"], ["http://127.0.0.1:3000"]),
    (LOCAL, ["127.0.0.1:8765"], ["http://localhost:8765"]),
    (LOCAL, ["localhost:8765"], ["http://localhost:8765.evil.example"]),
    (LOCAL, ["localhost:8765"], ["http://localhost:8765@evil.example"]),
    (LOCAL, ["localhost:8765"], ["http://evil.example@localhost:8765"]),
    (LOCAL, ["localhost:8765"], ["http://localhost.evil.example:8765"]),
    (LOCAL, ["localhost:8765"], ["http://localhost:8765/"]),
    (LOCAL, ["localhost:8765"], ["http://localhost.:8765"]),
    (LOCAL, ["localhost:8765"], [" http://localhost:8765"]),
    (LOCAL, ["localhost:8765"], ["localhost:8765"]),
    (LOCAL, ["localhost:8765"], ["ws://localhost:8765"]),
    (LOCAL, ["localhost:8765"], ["http://localhost:8765", "http://localhost:8765"]),
    (LOCAL, ["localhost:8765"], ["http://localhost:8765", "http://evil.example"]),
    (LOCAL, ["localhost:8765"], ["http://localhost:8765, http://evil.example"]),
    (LOCAL, ["localhost:8765"], ["chrome-extension://abcdefghijklmnop"]),
    (EVERY, ["10.0.0.7:8765"], ["http://10.0.0.8:8765"]),
    (PROXY, ["gw.example.com"], ["http://gw.example.com"]),
    (PROXY, ["gw.example.com"], ["https://gw.example.com:8443"]),
    (PROXY, ["gw.example.com"], ["https://gw.example.com/ticks"]),
    (PROXY, ["gw.example.com"], ["https://evil.example"]),
    (PROXY, ["gw.example.com"], ["https://evil.gw.example.com"]),
    (PROXY, ["gw.example.com"], ["https://127.0.0.1:8765"]),
    (PROXY, ["127.0.0.1:8765"], ["http://gw.example.com"]),
    (PROXY_ODD, ["gw.example.com:8443"], ["https://gw.example.com"]),
    (PROXIES, ["a.example"], ["https://b.example"]),
]


def named(case: object) -> str | None:
    return ascii(case)[1:-1] if isinstance(case, list) else None


@pytest.mark.parametrize(("access", "hosts", "origins"), ALLOWED, ids=named)
def test_our_own_names_and_pages_are_let_in(
    access: Access, hosts: list[str], origins: list[str]
) -> None:
    assert access.refusal(hosts, origins) == ""


@pytest.mark.parametrize(("access", "hosts", "origins"), BAD_HOSTS, ids=named)
def test_hosts_of_others_are_refused(access: Access, hosts: list[str], origins: list[str]) -> None:
    assert access.refusal(hosts, origins).startswith("this Host is not served here: set ")


@pytest.mark.parametrize(("access", "hosts", "origins"), BAD_ORIGINS, ids=named)
def test_pages_of_others_are_refused(access: Access, hosts: list[str], origins: list[str]) -> None:
    assert access.refusal(hosts, origins).startswith("this Origin is not allowed: set ")


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=40), st.text(max_size=40))
def test_whatever_a_header_holds_is_answered(host: str, origin: str) -> None:
    for access in (LOCAL, EVERY, PROXY):
        assert access.refusal([host], [origin]), (host, origin)
        access.refusal(["localhost:8765"], [origin])


@settings(max_examples=300, deadline=None)
@given(st.text("localhost127.0.0.1[::1]:8765@/\\?#%. ", max_size=30))
def test_only_three_names_lead_to_a_loopback_server(host: str) -> None:
    if not LOCAL.refusal([host], []):
        name, _, port = host.lower().rpartition(":") if not host.endswith("]") else (host, "", "")
        plain = name if port.isdigit() or not port else host.lower()
        assert plain in ("localhost", "127.0.0.1") or plain.startswith("[")


SECRET = Access(port=8765, token="Tr0ub4dor&3-é-0123456789")


@pytest.mark.parametrize(
    ("given", "right"),
    [
        (SECRET.token, True),
        ("", False),
        (SECRET.token[:-1], False),
        (SECRET.token + "0", False),
        (SECRET.token.upper(), False),
        (f" {SECRET.token}", False),
        (f"{SECRET.token}\x00", False),
        (SECRET.token.replace("é", "e\u0301"), False),
        (SECRET.token.replace("é", "?"), False),
        (SECRET.token.replace("é", "\ud800"), False),
        ("\ud800", False),
        ("x" * 100_000, False),
    ],
    ids=ascii,
)
def test_only_the_whole_token_is_the_token(given: str, right: bool) -> None:
    assert SECRET.is_token(given) is right


@pytest.mark.parametrize(
    ("given", "right"),
    [
        ([f"Bearer {SECRET.token}"], True),
        ([f"bearer {SECRET.token}"], True),
        ([f"BEARER   {SECRET.token} "], True),
        ([], False),
        ([""], False),
        (["Bearer"], False),
        (["Bearer "], False),
        ([SECRET.token], False),
        ([f"Basic {SECRET.token}"], False),
        ([f"Bearer{SECRET.token}"], False),
        ([f"Bearer {SECRET.token} {SECRET.token}"], False),
        ([f"Bearer {SECRET.token}", f"Bearer {SECRET.token}"], False),
        ([f"Bearer {SECRET.token}", "Bearer x"], False),
        ([f"Bearer {SECRET.token[:5]}"], False),
        ([f'Bearer "{SECRET.token}"'], False),
    ],
    ids=ascii,
)
def test_the_token_comes_once_as_a_bearer(given: list[str], right: bool) -> None:
    assert SECRET.is_authorized(given) is right


@pytest.mark.parametrize("given", ["", "x", "\udcff"], ids=ascii)
def test_where_there_is_no_token_nothing_is_it(given: str) -> None:
    assert not LOCAL.is_token(given)
    assert not LOCAL.is_authorized([f"Bearer {given}"])


def test_a_lone_surrogate_stands_for_nothing_else() -> None:
    assert not Access(token="?").is_token("\ud800")
    assert not Access(token="\udcff").is_token("?")
    assert Access(token="\udcff").is_token("\udcff")


def test_the_token_is_not_shown() -> None:
    assert SECRET.token not in repr(SECRET)
    assert "Tr0ub4dor" not in SECRET.refusal(["evil.example"], [])


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.8.9.1", "::1", "[::1]", "localhost", "LOCALHOST"]
)
def test_addresses_of_this_machine_alone(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host",
    [
        "",
        "0.0.0.0",
        "::",
        "192.168.1.5",
        "localhost.evil.example",
        "localhost.",
        "127.1",
        "128.0.0.1",
    ],
)
def test_addresses_that_others_may_reach(host: str) -> None:
    assert not is_loopback(host)
