package io.pharos.access;

import io.pharos.model.Cidr;
import io.pharos.model.IpAddress;
import io.pharos.model.Quoted;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Determines who sent a request, and whether the sender is on this host.
///
/// Headers that proxies add are evaluated only if a trusted proxy sent them. A request with such a
/// header is never treated as coming from this host. A client on this host may write without a
/// token only if no other host can reach the listener and the request's `Host` is a name of this
/// host. Otherwise a page of another site could write through a browser on this host (by forms or
/// DNS rebinding).
public final class TrustBoundary {
  /// Name of the session cookie.
  public static final String COOKIE = "pharos_session";

  /// Headers by which proxies report the client, besides those that start with `X-Forwarded`.
  private static final Set<String> FORWARDING =
      Set.of(
          "forwarded",
          "via",
          "x-real-ip",
          "x-client-ip",
          "x-cluster-client-ip",
          "x-original-forwarded-for",
          "true-client-ip",
          "cf-connecting-ip",
          "fastly-client-ip",
          "x-envoy-external-address",
          "x-proxyuser-ip");

  private static final Set<String> OWN_PAGES = Set.of("same-origin", "none");

  private final String listenHost;
  private final Optional<Authority> external;
  private final boolean secure;
  private final List<Cidr> trustedProxies;
  private final String whyNobodyIsLocal;

  /// The headers of a request.
  public interface Headers {
    /// Returns the names of all headers, as they were sent.
    Set<String> names();

    /// Returns all values of a header; empty if it is absent.
    ///
    /// @param name in upper or lower case
    List<String> values(String name);

    /// Returns the value of a header; null if the header is absent or has several values.
    default @Nullable String only(String name) {
      List<String> values = values(name);
      return values.size() == 1 ? values.getFirst() : null;
    }
  }

  /// @param listenHost name or address that Pharos listens on
  /// @param externalUrl URL at which people reach Pharos
  /// @param trustedProxies addresses of the proxies whose headers are evaluated
  public TrustBoundary(String listenHost, URI externalUrl, List<Cidr> trustedProxies) {
    this.listenHost = Authority.plain(listenHost);
    this.external = Authority.ofUrl(externalUrl.toString());
    this.secure = "https".equals(externalUrl.getScheme());
    this.trustedProxies = List.copyOf(trustedProxies);
    this.whyNobodyIsLocal = whyNobodyIsLocal(externalUrl);
  }

  private String whyNobodyIsLocal(URI externalUrl) {
    if (!listensOnLoopback()) {
      return "Pharos listens on " + listenHost + ", which other hosts can reach";
    }
    return external.isPresent() && !isThisHost(external.get())
        ? "a proxy forwards requests of other hosts from --web.external-url " + externalUrl
        : "";
  }

  private boolean listensOnLoopback() {
    try {
      return Arrays.stream(InetAddress.getAllByName(listenHost))
          .allMatch(InetAddress::isLoopbackAddress);
    } catch (UnknownHostException _) { // the listener will report that
      return false;
    }
  }

  /// Returns why no request is treated as coming from this host; empty if some requests are.
  public String whyNobodyIsLocal() {
    return whyNobodyIsLocal;
  }

  /// Whether people reach Pharos only by HTTPS; then cookies must be `Secure`.
  public boolean isSecure() {
    return secure;
  }

  /// Determines the client that sent a request.
  ///
  /// @param peer address at the other end of the connection, not a name; null if unknown
  /// @param session the session cookie; null if absent
  public Client client(Headers headers, @Nullable String peer, @Nullable String session) {
    Optional<InetAddress> from = Optional.ofNullable(peer).flatMap(IpAddress::parse);
    boolean proxied = from.isPresent() && isTrusted(from.get());
    String crossSite = crossSite(headers, proxied);
    return new Client(
        headers.only("Authorization"),
        session,
        proxied ? forwardedFor(headers).orElse(String.valueOf(peer)) : String.valueOf(peer),
        foreign(headers, from, proxied, crossSite),
        crossSite);
  }

  private String foreign(
      Headers headers, Optional<InetAddress> from, boolean proxied, String crossSite) {
    if (!whyNobodyIsLocal.isEmpty()) {
      return whyNobodyIsLocal;
    }
    if (from.isEmpty() || !from.get().isLoopbackAddress()) {
      return "this request comes from another host";
    }
    if (proxied || headers.names().stream().anyMatch(TrustBoundary::isForwarding)) {
      return "this request was forwarded by a proxy";
    }
    String host = headers.only("Host");
    if (host == null) {
      return "this request has no Host header, or several";
    }
    if (!Authority.ofHost(host, false).map(this::isThisHost).orElse(false)) {
      return "this request is for the host "
          + Quoted.of(host)
          + ", which is not a name of this host";
    }
    return crossSite;
  }

  /// Returns why a page of another site may have sent a request, according to the headers
  /// `Sec-Fetch-Site` and `Origin`; empty if none can have sent it.
  private String crossSite(Headers headers, boolean proxied) {
    for (String site : headers.values("Sec-Fetch-Site")) {
      if (!OWN_PAGES.contains(site)) {
        return "this request was sent by a page of another site (" + Quoted.of(site) + ")";
      }
    }
    for (String origin : headers.values("Origin")) {
      if (!isOwn(origin, headers, proxied)) {
        return "this request was sent by a page of " + Quoted.of(origin);
      }
    }
    return "";
  }

  private boolean isOwn(String text, Headers headers, boolean proxied) {
    Optional<Authority> origin = Authority.ofUrl(text);
    if (origin.isEmpty()) {
      return false;
    }
    if (origin.equals(external)) {
      return true;
    }
    boolean https = text.startsWith("https:");
    String host = proxied ? forwardedHost(headers) : headers.only("Host");
    Optional<Authority> target = host == null ? Optional.empty() : Authority.ofHost(host, https);
    return target.isPresent()
        && (origin.equals(target)
            || (isThisHost(origin.get())
                && isThisHost(target.get())
                && origin.get().port() == target.get().port()));
  }

  private static @Nullable String forwardedHost(Headers headers) {
    String host = headers.only("X-Forwarded-Host");
    return host == null ? headers.only("Host") : host;
  }

  /// Returns the last forwarded address that is not a trusted proxy. The addresses before it may be
  /// forged.
  private Optional<String> forwardedFor(Headers headers) {
    List<String> chain =
        headers.values("X-Forwarded-For").stream()
            .flatMap(line -> Arrays.stream(line.split(",")))
            .map(String::strip)
            .toList();
    for (String hop : chain.reversed()) {
      Optional<InetAddress> address = IpAddress.parse(hop);
      if (address.isEmpty()) {
        return Optional.empty();
      }
      if (!isTrusted(address.get())) {
        return Optional.of(address.get().getHostAddress());
      }
    }
    return Optional.empty();
  }

  private boolean isTrusted(InetAddress address) {
    return trustedProxies.stream().anyMatch(block -> block.contains(address));
  }

  private boolean isThisHost(Authority authority) {
    return authority.isLoopback() || authority.host().equals(listenHost);
  }

  private static boolean isForwarding(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    return lower.startsWith("x-forwarded") || FORWARDING.contains(lower);
  }

  /// A host and a port, as a `Host` or `Origin` header or a URL names them.
  ///
  /// @param host in lower case, without brackets
  /// @param port from 1 to 65535
  record Authority(String host, int port) {
    private static final int HTTP = 80;
    private static final int HTTPS = 443;

    /// Parses a `Host` header; empty if it is malformed.
    ///
    /// @param secure whether a missing port means the port of HTTPS instead of HTTP
    static Optional<Authority> ofHost(String text, boolean secure) {
      return of((secure ? "https://" : "http://") + text.strip(), true);
    }

    /// Parses an `Origin` header or a URL; empty if it is not an HTTP or HTTPS URL, such as the
    /// origin `null`.
    static Optional<Authority> ofUrl(String text) {
      return of(text.strip(), false);
    }

    private static Optional<Authority> of(String text, boolean bare) {
      URI uri;
      try {
        uri = URI.create(text);
      } catch (IllegalArgumentException _) { // malformed
        return Optional.empty();
      }
      String host = uri.getHost();
      String scheme = uri.getScheme();
      if (host == null
          || scheme == null
          || !(scheme.equals("http") || scheme.equals("https"))
          || uri.getRawUserInfo() != null
          || (bare && !(uri.getRawPath().isEmpty() && uri.getRawQuery() == null))) {
        return Optional.empty();
      }
      int port = uri.getPort() >= 0 ? uri.getPort() : scheme.equals("https") ? HTTPS : HTTP;
      return Optional.of(new Authority(plain(host), port));
    }

    /// Converts a host to lower case without brackets, for comparisons.
    static String plain(String host) {
      return IpAddress.withoutBrackets(host.toLowerCase(Locale.ROOT));
    }

    /// Whether the host is `localhost` or a loopback address. Does not resolve names, because the
    /// owner of a name determines its address.
    boolean isLoopback() {
      return host.equals("localhost")
          || IpAddress.parse(host).filter(InetAddress::isLoopbackAddress).isPresent();
    }
  }
}
