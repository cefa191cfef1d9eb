package io.pharos.server.web.settings;

import io.pharos.alerting.heartbeat.HeartbeatCalls;
import io.pharos.server.web.design.PageText;
import io.pharos.server.web.design.PageTime;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// A heartbeat that this Pharos sends, on the page.
///
/// @param accepted when the other side last accepted that Pharos is well; null if never
record HeartbeatRow(
    String state,
    String word,
    String name,
    String every,
    @Nullable PageTime accepted,
    String reason) {
  static HeartbeatRow of(HeartbeatCalls.Shown shown, Instant now) {
    Instant at = shown.acceptedAt();
    return new HeartbeatRow(
        switch (shown.result()) {
          case NONE -> "pending";
          case ACCEPTED -> "ok";
          case FAILED, LEFT_OUT, REPORTED -> "failed";
        },
        switch (shown.result()) {
          case NONE -> "not called yet";
          case ACCEPTED -> "accepted";
          case FAILED -> "failed";
          case LEFT_OUT -> "left out";
          case REPORTED -> "reported";
        },
        PageText.of(shown.name()),
        PageTime.span(shown.interval()),
        at == null ? null : PageTime.of(at, now),
        shown.reason());
  }
}
