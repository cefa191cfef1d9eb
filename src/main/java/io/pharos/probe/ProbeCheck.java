package io.pharos.probe;

import com.google.re2j.Pattern;
import io.pharos.config.http.TlsOptions;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A check that a probe runs.
public sealed interface ProbeCheck {
  /// The IP versions of the addresses that a probe may use.
  enum IpFamily {
    ANY,
    IP4,
    IP6
  }

  /// An inclusive range of HTTP statuses.
  record StatusRange(int from, int to) {
    public StatusRange {
      if (from < 100 || to > 599 || from > to) {
        throw new IllegalArgumentException("expected statuses between 100 and 599");
      }
    }

    /// Returns whether the range includes a status.
    public boolean contains(int status) {
      return status >= from && status <= to;
    }

    @Override
    public String toString() {
      return from == to ? Integer.toString(from) : from + "-" + to;
    }
  }

  /// A host and a port.
  record Server(String host, int port) {
    public Server {
      if (port < 1 || port > 65535) {
        throw new IllegalArgumentException("expected a port between 1 and 65535, found " + port);
      }
    }

    @Override
    public String toString() {
      return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + port;
    }
  }

  /// A check of one server.
  sealed interface OnServer extends ProbeCheck {
    /// Returns the server that is checked.
    Server server();

    @Override
    default String instance() {
      return server().toString();
    }
  }

  /// An HTTP/1.1 request.
  ///
  /// @param address URL as written; in a step, it may contain variables
  /// @param expected accepted statuses; if empty, 2xx, or those that an expression accepts
  /// @param json assertions on a JSON body
  /// @param bodyMatches regular expression that must match a part of the body; null for none
  /// @param maxBody maximum size of the body in bytes; a larger body is a failure
  /// @param envelope required `code` of a body `{code, msg, data}`; null for none
  /// @param bearerTokenFile file that is read for each request; null for none
  /// @param bearer token as written; in a step, it is a variable; null for none
  /// @param info paths of values in the body that become labels, such as `version` or `digest`
  record HttpCheck(
      URI url,
      String address,
      String method,
      Map<String, String> headers,
      String body,
      List<StatusRange> expected,
      List<JsonAssertion> json,
      @Nullable Pattern bodyMatches,
      int maxBody,
      boolean followRedirects,
      @Nullable Integer envelope,
      @Nullable Path bearerTokenFile,
      @Nullable String bearer,
      TlsOptions tls,
      IpFamily ip,
      Map<String, JsonPath> info)
      implements ProbeCheck {
    public HttpCheck {
      headers = Collections.unmodifiableMap(new LinkedHashMap<>(headers));
      expected = List.copyOf(expected);
      json = List.copyOf(json);
      info = Map.copyOf(info);
    }

    /// Returns a copy of the check with these values, in which the variables have been replaced.
    public HttpCheck with(
        URI newUrl, Map<String, String> newHeaders, String newBody, @Nullable String newBearer) {
      return new HttpCheck(
          newUrl,
          newUrl.toString(),
          method,
          newHeaders,
          newBody,
          expected,
          json,
          bodyMatches,
          maxBody,
          followRedirects,
          envelope,
          bearerTokenFile,
          newBearer,
          tls,
          ip,
          info);
    }

    @Override
    public String instance() {
      return url.toString();
    }
  }

  /// A TCP connection.
  ///
  /// @param send text that is sent after connecting; may be empty
  /// @param expect regular expression that must match a part of the received text; null for none
  /// @param tls null without TLS
  record TcpCheck(
      Server server, String send, @Nullable Pattern expect, @Nullable TlsOptions tls, IpFamily ip)
      implements OnServer {}

  /// A datagram and the answer to it.
  ///
  /// @param send text of the datagram
  /// @param expect regular expression that must match a part of the answer; null for any answer
  record UdpCheck(Server server, String send, @Nullable Pattern expect, IpFamily ip)
      implements OnServer {}

  /// An ICMP echo request.
  record IcmpCheck(String host, IpFamily ip) implements ProbeCheck {
    @Override
    public String instance() {
      return host;
    }
  }

  /// A DNS query.
  ///
  /// @param server DNS server
  /// @param name absolute domain name
  /// @param type record type, such as `AAAA`
  /// @param tcp whether to use TCP for all queries, not only after truncated answers
  record DnsCheck(
      Server server, String name, String type, boolean recursion, boolean tcp, IpFamily ip)
      implements OnServer {}

  /// A TLS handshake.
  record TlsCheck(Server server, TlsOptions tls, IpFamily ip) implements OnServer {}

  /// The identification line of an SSH server.
  record SshCheck(Server server, IpFamily ip) implements OnServer {}

  /// A PostgreSQL query in a read-only transaction.
  ///
  /// @param passwordFile file that is read for each connection; null for none
  /// @param sslmode TLS mode, as in libpq
  /// @param caFile trusted certificates; null for the driver's default
  record PostgresCheck(
      Server server,
      String database,
      String user,
      @Nullable Path passwordFile,
      String query,
      String sslmode,
      @Nullable Path caFile,
      IpFamily ip)
      implements OnServer {}

  /// `PING` of a Redis server, and fields of `INFO`.
  ///
  /// @param username empty for the default user
  /// @param passwordFile file that is read for each connection; null for none
  /// @param info field of `INFO` that becomes the probe's value; empty for none
  /// @param tls null without TLS
  record RedisCheck(
      Server server,
      String username,
      @Nullable Path passwordFile,
      String info,
      @Nullable TlsOptions tls,
      IpFamily ip)
      implements OnServer {}

  /// A call of gRPC's health service.
  ///
  /// @param service name of the service; empty for the whole server
  /// @param tls null without TLS
  record GrpcCheck(Server server, String service, @Nullable TlsOptions tls, IpFamily ip)
      implements OnServer {}

  /// A WebSocket handshake.
  ///
  /// @param send message; empty for none
  /// @param bearerTokenFile file that is read for each connection; null for none
  record WebSocketCheck(
      URI url,
      Map<String, String> headers,
      String send,
      @Nullable Path bearerTokenFile,
      TlsOptions tls,
      IpFamily ip)
      implements ProbeCheck {
    public WebSocketCheck {
      headers = Collections.unmodifiableMap(new LinkedHashMap<>(headers));
    }

    @Override
    public String instance() {
      return url.toString();
    }
  }

  /// Reports that the monitored job itself sends to Pharos.
  ///
  /// @param grace how much later than the interval a report may arrive
  /// @param maxRun maximum duration of a run whose start was reported; null for no limit
  /// @param tokenFile file with the token for reports; null if there is none
  record PushCheck(
      Duration grace,
      @Nullable Duration maxRun,
      @Nullable Path tokenFile,
      @Nullable CronSchedule cron)
      implements ProbeCheck {
    @Override
    public String instance() {
      return "push";
    }
  }

  /// Steps that run in order.
  ///
  /// @param secrets files that contain the values of secret variables, by name
  record SuiteCheck(List<ProbeStep> steps, Map<String, Path> secrets) implements ProbeCheck {
    public SuiteCheck {
      steps = List.copyOf(steps);
      secrets = Map.copyOf(secrets);
      if (steps.isEmpty()) {
        throw new IllegalArgumentException("expected at least one step");
      }
    }

    @Override
    public String instance() {
      return steps.getFirst().check().instance();
    }
  }

  /// Returns the value of the `instance` label: the URL, or host and port.
  String instance();
}
