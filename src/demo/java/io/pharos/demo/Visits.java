package io.pharos.demo;

/// Where the requests go that the traffic makes up.
@FunctionalInterface
interface Visits {
  /// Takes one without waiting for its end.
  void make(Visit visit);

  /// Notes them as if they had been served.
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
