package io.pharos.demo;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;

/// The settings of a demo backend.
///
/// @param host the address to listen on, a name or an IP address
/// @param port the TCP port, 0 for any free one
/// @param tlsPort the TCP port of the same routes behind TLS; 0 for any free one, -1 for none
/// @param seed the seed of the simulated traffic
/// @param token the bearer token that clients send as `Authorization: Bearer …`; at least 8
///   characters
/// @param requestsPerSecond simulated API requests, 0 to 1000; agents send 1.5 times as many
/// @param selfRequestInterval how often the backend calls its own routes over HTTP, zero for never
/// @param logFile the log file, null for standard output
/// @param version the reported version; not empty
/// @param clock the time of the traffic and of the log lines
public record DemoOptions(
    String host,
    int port,
    int tlsPort,
    long seed,
    String token,
    double requestsPerSecond,
    Duration selfRequestInterval,
    @Nullable Path logFile,
    String version,
    InstantSource clock) {

  /// RemoteGPU's port.
  public static final int DEFAULT_PORT = 8080;

  /// API requests per second, enough for ratios and quantiles over a minute.
  public static final double DEFAULT_REQUESTS_PER_SECOND = 20;

  /// Checks the ranges.
  public DemoOptions {
    requireNonNull(clock, "clock is null");
    if (version.isBlank()) {
      throw new IllegalArgumentException("version is blank, expected a version");
    }
    if (host.isBlank()) {
      throw new IllegalArgumentException("host is blank, expected a name or an IP address");
    }
    if (port < 0 || port > 65535) {
      throw new IllegalArgumentException("port " + port + ": expected 0 to 65535");
    }
    if (tlsPort < -1 || tlsPort > 65535) {
      throw new IllegalArgumentException("TLS port " + tlsPort + ": expected -1 to 65535");
    }
    if (token.length() < 8 || token.chars().anyMatch(c -> c <= ' ' || c > '~')) {
      throw new IllegalArgumentException(
          "token of %d characters: expected at least 8 printable ones without blanks"
              .formatted(token.length()));
    }
    if (!(requestsPerSecond >= 0 && requestsPerSecond <= 1000)) {
      throw new IllegalArgumentException("rate " + requestsPerSecond + ": expected 0 to 1000");
    }
    if (selfRequestInterval.isNegative()) {
      throw new IllegalArgumentException(
          "self request interval " + selfRequestInterval + ": expected zero or more");
    }
  }

  /// Returns the options of a backend on 127.0.0.1:8080 with the default traffic, which logs to
  /// standard output.
  public static DemoOptions local(String token) {
    return new DemoOptions(
        "127.0.0.1",
        DEFAULT_PORT,
        -1,
        1,
        token,
        DEFAULT_REQUESTS_PER_SECOND,
        Duration.ofSeconds(1),
        null,
        "dev",
        InstantSource.system());
  }

  /// Returns these options with another address.
  public DemoOptions withListenAddress(String newHost, int newPort) {
    return new DemoOptions(
        newHost,
        newPort,
        tlsPort,
        seed,
        token,
        requestsPerSecond,
        selfRequestInterval,
        logFile,
        version,
        clock);
  }

  /// Returns these options with a TLS port.
  public DemoOptions withTlsPort(int newPort) {
    return new DemoOptions(
        host,
        port,
        newPort,
        seed,
        token,
        requestsPerSecond,
        selfRequestInterval,
        logFile,
        version,
        clock);
  }

  /// Returns these options with other traffic.
  public DemoOptions withTraffic(long newSeed, double newRate, Duration newSelfInterval) {
    return new DemoOptions(
        host, port, tlsPort, newSeed, token, newRate, newSelfInterval, logFile, version, clock);
  }

  /// Returns these options with a log file, or with standard output for null.
  public DemoOptions withLogFile(@Nullable Path newLogFile) {
    return new DemoOptions(
        host,
        port,
        tlsPort,
        seed,
        token,
        requestsPerSecond,
        selfRequestInterval,
        newLogFile,
        version,
        clock);
  }

  /// Returns these options with another reported version.
  public DemoOptions withVersion(String newVersion) {
    return new DemoOptions(
        host,
        port,
        tlsPort,
        seed,
        token,
        requestsPerSecond,
        selfRequestInterval,
        logFile,
        newVersion,
        clock);
  }

  /// Returns these options with another clock.
  public DemoOptions withClock(InstantSource newClock) {
    return new DemoOptions(
        host,
        port,
        tlsPort,
        seed,
        token,
        requestsPerSecond,
        selfRequestInterval,
        logFile,
        version,
        newClock);
  }

  /// Returns the options without the token.
  @Override
  public String toString() {
    return "DemoOptions[%s:%d, tls=%d, seed=%d, rate=%s, log=%s]"
        .formatted(
            host, port, tlsPort, seed, requestsPerSecond, logFile == null ? "stdout" : logFile);
  }
}
