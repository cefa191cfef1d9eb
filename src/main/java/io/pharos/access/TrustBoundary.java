package io.pharos.access;

import static java.util.Objects.requireNonNull;

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

/// Where this host ends: tells from a request who may have sent it, by what is configured and never
/// by a guess.
///
/// What a proxy says about a client counts only from a trusted one; any word of a proxy makes a
/// request one from elsewhere. Whoever is on this host may write without a token only while nobody
/// else can reach the listener, and only by a name of this host, so that no page of another site
/// can write through somebody's browser (forms, DNS rebinding).
public final class TrustBoundary {
  /// The cookie that holds a session.
  public static final String COOKIE = "pharos_session";

  /// What proxies add, besides everything that begins with `X-Forwarded`.
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
  private final String nobodyIsLocal;

  /// The headers of a request.
  public interface Headers {
    /// The names of all headers, as they came.
    Set<String> names();

    /// All values of a header, whatever the case of its name; empty where it is absent.
    List<String> values(String name);

    /// The only value of a header; null where it is absent, and where there are several.
    default @Nullable String only(String name) {
      List<String> values = values(name);
      return values.size() == 1 ? values.getFirst() : null;
    }
  }

  /// @param listenHost what Pharos listens on, a name or an address
  /// @param externalUrl how people reach it
  /// @param trustedProxies whose word about a client counts
  public TrustBoundary(String listenHost, URI externalUrl, List<Cidr> trustedProxies) {
    this.listenHost = Authority.plain(requireNonNull(listenHost, "listenHost is null"));
    this.external = Authority.ofUrl(externalUrl.toString());
    this.secure = "https".equals(externalUrl.getScheme());
    this.trustedProxies = List.copyOf(trustedProxies);
    this.nobodyIsLocal = nobodyIsLocal(externalUrl);
  }

  private String nobodyIsLocal(URI externalUrl) {
    if (!listensOnLoopback()) {
      return "Pharos listens on " + listenHost + ", where others reach it";
    }
    return external.isPresent() && !isThisHost(external.get())
        ? "--web.external-url says that others reach Pharos at "
            + externalUrl
            + ", so something forwards their requests"
        : "";
  }

  private boolean listensOnLoopback() {
    try {
      return Arrays.stream(InetAddress.getAllByName(listenHost))
          .allMatch(InetAddress::isLoopbackAddress);
    } catch (UnknownHostException _) { // the listener will say so
      return false;
    }
  }

  /// Why no request counts as one from this host; empty where some do.
  public String nobodyIsLocal() {
    return nobodyIsLocal;
  }

  /// Whether people reach Pharos by HTTPS only, so that cookies must not travel otherwise.
  public boolean isSecure() {
    return secure;
  }

  /// The client of a request.
  ///
  /// @param peer the address that the connection comes from, as a literal; null if unknown
  /// @param session what the session cookie holds; null if absent
  public Client client(Headers headers, @Nullable String peer, @Nullable String session) {
    Optional<InetAddress> from = Optional.ofNullable(peer).flatMap(TrustBoundary::literal);
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
    if (!nobodyIsLocal.isEmpty()) {
      return nobodyIsLocal;
    }
    if (from.isEmpty() || !from.get().isLoopbackAddress()) {
      return "this request comes from another host";
    }
    if (proxied || headers.names().stream().anyMatch(TrustBoundary::isForwarding)) {
      return "this request was forwarded by a proxy";
    }
    String host = headers.only("Host");
    if (host == null) {
      return "this request does not say which host it is for";
    }
    if (!Authority.ofHost(host, false).map(this::isThisHost).orElse(false)) {
      return "this request is for the host "
          + Quoted.of(host)
          + ", which is not a name of this one";
    }
    return crossSite;
  }

  /// Why a page of another site may have sent a request; empty where none has: browsers tell in
  /// `Sec-Fetch-Site` and, with each request that may write, in `Origin`.
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

  /// The nearest sender that is no trusted proxy itself, from the right: what stands further left
  /// may be invented.
  private Optional<String> forwardedFor(Headers headers) {
    List<String> chain =
        headers.values("X-Forwarded-For").stream()
            .flatMap(line -> Arrays.stream(line.split(",")))
            .map(String::strip)
            .toList();
    for (String one : chain.reversed()) {
      Optional<InetAddress> address = literal(one);
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

  private static Optional<InetAddress> literal(String text) {
    try {
      return Optional.of(InetAddress.ofLiteral(text)); // no name is resolved
    } catch (IllegalArgumentException _) { // a name, or nothing at all
      return Optional.empty();
    }
  }
}
