package io.pharos.demo;

import io.pharos.tap.TapMeters;
import java.io.OutputStream;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;

/// The demo backend without its sockets, and the metrics of a tap in front of it: what it would
/// answer at the time of a clock.
public final class PlayedDemo {
  private final InstantSource clock;

  private final FaultSwitch faults;
  private final DemoPages pages;
  private final Traffic traffic;
  private final TapMeters tap = new TapMeters(TapMeters.DEFAULT_SERIES);

  /// @param requestsPerSecond of people; agents call 1.5 times as often
  public PlayedDemo(InstantSource clock, double requestsPerSecond) {
    this.clock = clock;
    this.faults = new FaultSwitch(clock);
    var options =
        DemoOptions.local("test-token-0123456789")
            .withTraffic(1, requestsPerSecond, Duration.ZERO)
            .withClock(clock);
    var ledger = new RequestLedger();
    var log = new ZapLog(null, OutputStream.nullOutputStream());
    Visits played = Visits.played(ledger, log);
    this.traffic =
        new Traffic(
            1,
            requestsPerSecond,
            clock.instant(),
            visit -> {
              played.make(visit);
              tap.count(
                  visit.method(),
                  visit.route(),
                  visit.status(),
                  visit.code(),
                  visit.seconds(),
                  0,
                  100,
                  "",
                  0);
            },
            log,
            faults);
    this.pages = new DemoPages(options, faults, ledger, traffic);
  }

  /// Raises a fault, or ends it by `none`, as `POST /fault` does.
  public void raise(String kind, double ratio) {
    // What went before is made up under the fault that was on then.
    pages.backend(0);
    try {
      faults.set(
          FaultRequest.parse(
              "{\"kind\":\"%s\",\"duration\":\"24h\",\"ratio\":%s}".formatted(kind, ratio)));
    } catch (FaultRequest.BadFaultException e) {
      throw new IllegalArgumentException(e);
    }
  }

  /// The page of that path; nothing where the connection is closed or times out.
  public Optional<String> page(String path) {
    if (path.equals("/tap/metrics")) { // the tap stands also where the backend does not
      traffic.advanceTo(clock.instant());
      return Optional.of(tap.text());
    }
    FaultKind fault = faults.kind();
    if (DemoFault.silences(fault) || pages.isSilent(path, fault)) {
      return Optional.empty();
    }
    return path.equals("/metrics") ? Optional.of(pages.backend(0)) : pages.exporter(path);
  }

  /// Whether it accepts connections and answers them.
  public boolean isAnswering() {
    return !DemoFault.silences(faults.kind());
  }

  /// Whether an admin page refuses a request without a token, as it must.
  ///
  /// @param luck from 0 to 1, decides whether a fault strikes this request
  public boolean isRefusing(double luck) {
    return switch (faults.kind()) {
      case AUTH_OFF -> false;
      case ERRORS, ENVELOPE_ERRORS, PANICS -> luck >= faults.current().ratio();
      default -> isAnswering();
    };
  }

  /// When the certificate that it shows ends.
  public Instant certificateEnd() {
    return Certificates.end(clock.instant(), faults.kind());
  }
}
