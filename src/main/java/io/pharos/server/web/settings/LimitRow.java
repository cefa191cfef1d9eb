package io.pharos.server.web.settings;

import io.pharos.limits.heap.MemoryBound;
import io.pharos.limits.heap.MemoryBounds;
import io.pharos.server.web.design.PageText;
import io.pharos.server.web.design.PageTime;
import java.time.Instant;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// A memory bound on a page.
///
/// @param bound its size with the unit
/// @param used the amount in use with its share; empty if the bound applies to each object
/// @param share part of the bound that is in use, in percent
/// @param refused number of refusals since the start
/// @param last text of the last refusal; empty if there was none
/// @param at time of the last refusal; null if there was none
record LimitRow(
    String state,
    String flag,
    String subject,
    String bound,
    String origin,
    String used,
    int share,
    long refused,
    String last,
    @Nullable PageTime at) {
  private static final int NEAR = 80;

  static LimitRow of(MemoryBounds.State state, Instant now) {
    int share = state.used() < 0 ? 0 : (int) Math.min(100, state.used() * 100 / state.size());
    Instant at = state.lastAt();
    String last = state.last();
    return new LimitRow(
        state.refused() > 0 ? "failed" : share >= NEAR ? "pending" : "ok",
        "--" + state.bound().flag(),
        state.bound().text(),
        amount(state.bound(), state.size()),
        state.origin(),
        state.used() < 0 ? "" : "%s, %d %%".formatted(amount(state.bound(), state.used()), share),
        share,
        state.refused(),
        last == null ? "" : PageText.of(last),
        at == null ? null : PageTime.of(at, now));
  }

  private static String amount(MemoryBound bound, long amount) {
    return bound.flag().endsWith("-bytes")
        ? OwnCost.bytes((double) amount)
        : String.format(Locale.ROOT, "%,d", amount);
  }
}
