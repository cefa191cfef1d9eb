package io.pharos.demo;

/// Receives the simulated requests.
@FunctionalInterface
interface Visits {
  /// Accepts a request without waiting for its end.
  void make(Visit visit);

  /// Records requests as if they had been served.
  static Visits played(RequestLedger ledger, ZapLog log) {
    return visit -> {
      ledger.add(visit.method(), visit.route(), visit.status(), visit.seconds());
      log.access(
          visit.time(),
          visit.status(),
          visit.method(),
          visit.path(),
          visit.query(),
          visit.ip(),
          visit.userAgent(),
          visit.seconds());
    };
  }
}
