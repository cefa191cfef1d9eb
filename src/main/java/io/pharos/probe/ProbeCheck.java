package io.pharos.probe;

import static java.util.Objects.requireNonNull;

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

/// What a probe does.
public sealed interface ProbeCheck {
  /// Which addresses of a name are used.
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

    boolean contains(int status) {
      return status >= from && status <= to;
    }

    @Override
    public String toString() {
      return from == to ? Integer.toString(from) : from + "-" + to;
    }
  }

  /// A request over HTTP/1.1.
  ///
  /// @param address the URL as it is written, with variables in a step
  /// @param expected which statuses are right; empty for those of success, or those that an
  ///   expression asks for
  /// @param json what must hold of the body as JSON
  /// @param bodyMatches a regular expression that must be found in the body; null for none
  /// @param envelope the `code` that a body `{code, msg, data}` must have; null for no such body
  /// @param maxBody the bound of the body in bytes; a longer one is a failure
  /// @param bearerTokenFile read anew for each request; null for none
  /// @param bearer a token, in a step with variables; null for none
  /// @param info what of the body is told with the label `version` or `digest`, or another
  record HttpCheck(
      URI url,
      String address,
      String method,
      Map<String, String> headers,
      String body,
      List<StatusRange> expected,
      List<JsonAssertion> json,
      @Nullable Pattern bodyMatches,
      @Nullable Integer envelope,
      int maxBody,
      boolean followRedirects,
      @Nullable Path bearerTokenFile,
      @Nullable String bearer,
      TlsOptions tls,
      IpFamily ip,
      Map<String, JsonPath> info)
      implements ProbeCheck {
    public HttpCheck {
      requireNonNull(url, "url is null");
      requireNonNull(method, "method is null");
      headers = Collections.unmodifiableMap(new LinkedHashMap<>(headers));
      requireNonNull(body, "body is null");
      expected = List.copyOf(expected);
      json = List.copyOf(json);
      requireNonNull(tls, "tls is null");
      requireNonNull(ip, "ip is null");
      info = Map.copyOf(info);
    }

    /// The same check with the values of its variables.
    HttpCheck with(
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
          envelope,
          maxBody,
          followRedirects,
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
  /// @param send what is sent once connected; may be empty
  /// @param expect a regular expression that must be found in what the target sends; null for none
  /// @param tls null without TLS
  record TcpCheck(
      String host,
      int port,
      String send,
      @Nullable Pattern expect,
      @Nullable TlsOptions tls,
      IpFamily ip)
      implements ProbeCheck {
    public TcpCheck {
      requireNonNull(host, "host is null");
      checkPort(port);
      requireNonNull(send, "send is null");
      requireNonNull(ip, "ip is null");
    }

    @Override
    public String instance() {
      return hostAndPort(host, port);
    }
  }

  /// A datagram that is answered.
  ///
  /// @param send what is sent
  /// @param expect a regular expression that must be found in the answer; null for any answer
  record UdpCheck(String host, int port, String send, @Nullable Pattern expect, IpFamily ip)
      implements ProbeCheck {
    public UdpCheck {
      requireNonNull(host, "host is null");
      checkPort(port);
      requireNonNull(send, "send is null");
      requireNonNull(ip, "ip is null");
    }

    @Override
    public String instance() {
      return hostAndPort(host, port);
    }
  }

  /// An echo request of ICMP.
  record IcmpCheck(String host, IpFamily ip) implements ProbeCheck {
    public IcmpCheck {
      requireNonNull(host, "host is null");
      requireNonNull(ip, "ip is null");
    }

    @Override
    public String instance() {
      return host;
    }
  }

  /// A question to a DNS server.
  ///
  /// @param server whom to ask
  /// @param name what is asked for, absolute
  /// @param type the record type's name, such as `AAAA`
  /// @param tcp whether TCP is used from the beginning, not only for answers that are cut
  record DnsCheck(
      String server,
      int port,
      String name,
      String type,
      boolean recursion,
      boolean tcp,
      IpFamily ip)
      implements ProbeCheck {
    public DnsCheck {
      requireNonNull(server, "server is null");
      checkPort(port);
      requireNonNull(name, "name is null");
      requireNonNull(type, "type is null");
      requireNonNull(ip, "ip is null");
    }

    @Override
    public String instance() {
      return hostAndPort(server, port);
    }
  }

  /// A TLS handshake.
  record TlsCheck(String host, int port, TlsOptions tls, IpFamily ip) implements ProbeCheck {
    public TlsCheck {
      requireNonNull(host, "host is null");
      checkPort(port);
      requireNonNull(tls, "tls is null");
      requireNonNull(ip, "ip is null");
    }

    @Override
    public String instance() {
      return hostAndPort(host, port);
    }
  }

  /// The line by which an SSH server says what it is.
  record SshCheck(String host, int port, IpFamily ip) implements ProbeCheck {
    public SshCheck {
      requireNonNull(host, "host is null");
      checkPort(port);
      requireNonNull(ip, "ip is null");
    }

    @Override
    public String instance() {
      return hostAndPort(host, port);
    }
  }

  /// A query to PostgreSQL, in a transaction that only reads.
  ///
  /// @param passwordFile read anew for each connection; null for none
  /// @param sslmode as libpq has it
  /// @param caFile whom to trust; null for the driver's own choice
  record PostgresCheck(
      String host,
      int port,
      String database,
      String user,
      @Nullable Path passwordFile,
      String query,
      String sslmode,
      @Nullable Path caFile,
      IpFamily ip)
      implements ProbeCheck {
    public PostgresCheck {
      requireNonNull(host, "host is null");
      checkPort(port);
      requireNonNull(database, "database is null");
      requireNonNull(user, "user is null");
      requireNonNull(query, "query is null");
      requireNonNull(sslmode, "sslmode is null");
      requireNonNull(ip, "ip is null");
    }

    @Override
    public String instance() {
      return hostAndPort(host, port);
    }
  }

  /// `PING` of a Redis server, and what `INFO` says.
  ///
  /// @param username empty for the default user
  /// @param passwordFile read anew for each connection; null for none
  /// @param info the field of `INFO` that is the probe's value; empty for none
  /// @param tls null without TLS
  record RedisCheck(
      String host,
      int port,
      String username,
      @Nullable Path passwordFile,
      String info,
      @Nullable TlsOptions tls,
      IpFamily ip)
      implements ProbeCheck {
    public RedisCheck {
      requireNonNull(host, "host is null");
      checkPort(port);
      requireNonNull(username, "username is null");
      requireNonNull(info, "info is null");
      requireNonNull(ip, "ip is null");
    }

    @Override
    public String instance() {
      return hostAndPort(host, port);
    }
  }

  /// A call of gRPC's health service.
  ///
  /// @param service whose health is asked for; empty for the server's
  /// @param tls null without TLS
  record GrpcCheck(String host, int port, String service, @Nullable TlsOptions tls, IpFamily ip)
      implements ProbeCheck {
    public GrpcCheck {
      requireNonNull(host, "host is null");
      checkPort(port);
      requireNonNull(service, "service is null");
      requireNonNull(ip, "ip is null");
    }

    @Override
    public String instance() {
      return hostAndPort(host, port);
    }
  }

  /// A handshake of WebSocket.
  ///
  /// @param send a message; empty for none
  /// @param bearerTokenFile read anew for each connection; null for none
  record WebSocketCheck(
      URI url,
      Map<String, String> headers,
      String send,
      @Nullable Path bearerTokenFile,
      TlsOptions tls,
      IpFamily ip)
      implements ProbeCheck {
    public WebSocketCheck {
      requireNonNull(url, "url is null");
      headers = Collections.unmodifiableMap(new LinkedHashMap<>(headers));
      requireNonNull(send, "send is null");
      requireNonNull(tls, "tls is null");
      requireNonNull(ip, "ip is null");
    }

    @Override
    public String instance() {
      return url.toString();
    }
  }

  /// Reports of the thing itself, of which nobody asks it.
  ///
  /// @param grace how much earlier or later than an interval after the last a report may come
  /// @param maxRun how long a run may take whose beginning was reported; null for no bound
  /// @param tokenFile who shows its content may report; null for none of its own
  record PushCheck(Duration grace, @Nullable Duration maxRun, @Nullable Path tokenFile)
      implements ProbeCheck {
    public PushCheck {
      requireNonNull(grace, "grace is null");
    }

    @Override
    public String instance() {
      return "push";
    }
  }

  /// Steps, one after the other.
  ///
  /// @param secrets the files of variables that must never be told, by their names
  record SuiteCheck(List<ProbeStep> steps, Map<String, Path> secrets) implements ProbeCheck {
    public SuiteCheck {
      steps = List.copyOf(steps);
      secrets = Map.copyOf(secrets);
      if (steps.isEmpty()) {
        throw new IllegalArgumentException("expected a step at least");
      }
    }

    @Override
    public String instance() {
      return steps.getFirst().check().instance();
    }
  }

  private static void checkPort(int port) {
    if (port < 1 || port > 65535) {
      throw new IllegalArgumentException("expected a port between 1 and 65535, found " + port);
    }
  }

  private static String hostAndPort(String host, int port) {
    return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + port;
  }

  /// The value of the `instance` label: the URL, or host and port.
  String instance();
}
