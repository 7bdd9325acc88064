"""Scripts that judge how the page looks: each returns what is wrong."""

from __future__ import annotations

__all__ = ["CONTRASTS", "STICKING_OUT"]

STICKING_OUT = """() => [...document.querySelectorAll(
        "header *, #statistics *, .tile:not([hidden]), #drawers *, #chart *")]
    .filter((e) => e.checkVisibility() && !e.closest("svg")
        && e.getBoundingClientRect().right > innerWidth + 0.5)
    .map((e) => e.outerHTML)"""
"""Elements that do not end within the window."""

CONTRASTS = """() => {
    const numbers = (colour) => colour.match(/[\\d.]+/g).map(Number);
    const rgba = (colour) => {
        const [r, g, b, a = 1] = numbers(colour);
        return colour.startsWith("color(") ? [r, g, b, a] : [r / 255, g / 255, b / 255, a];
    };
    const light = ([r, g, b]) => [r, g, b]
        .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
        .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
    const ground = (element) => {
        for (let e = element; e; e = e.parentElement) {
            const colour = rgba(getComputedStyle(e).backgroundColor);
            if (colour[3] > 0) return colour;
        }
    };
    return [...document.querySelectorAll("body *")]
        .filter((e) => e.checkVisibility() && !e.closest(".unseen, svg")
            && [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim()))
        .map((e) => {
            const pair = [light(rgba(getComputedStyle(e).color)), light(ground(e))].sort();
            return [(pair[1] + 0.05) / (pair[0] + 0.05), e.className || e.id, e.textContent];
        })
        .filter(([ratio]) => ratio < 4.5);
}"""

"""Texts that do not stand out from their ground, and how little."""
