package io.pharos.probe.run;

import java.time.Instant;

/// Puts reports into a ledger, as a runner of probes does.
public final class PushReports {
  private PushReports() {}

  public static void add(PushLedger ledger, String probe, Instant at, PushReport report) {
    ledger.add(probe, at, report);
  }
}
