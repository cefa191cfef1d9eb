package io.pharos.http;

import io.pharos.config.http.ProxyOptions;
import io.pharos.model.BaseUrl;
import io.pharos.model.Cidr;
import io.pharos.model.IpAddress;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.SocketAddress;
import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Selects the proxy for a URL by the rules of Go's clients. Hosts in `no_proxy` are reached
/// without a proxy. If the proxy comes from the environment, so are `localhost` and loopback
/// addresses. All other URLs use the proxy for their scheme.
final class ProxyRules extends ProxySelector {
  private final @Nullable InetSocketAddress http;
  private final @Nullable InetSocketAddress https;
  private final List<String> exceptions;
  private final boolean fromEnvironment;

  private ProxyRules(
      @Nullable InetSocketAddress http,
      @Nullable InetSocketAddress https,
      String noProxy,
      boolean fromEnvironment) {
    this.http = http;
    this.https = https;
    this.exceptions =
        Stream.of(noProxy.split(","))
            .map(text -> text.strip().toLowerCase(Locale.ROOT))
            .filter(text -> !text.isEmpty())
            .toList();
    this.fromEnvironment = fromEnvironment;
  }

  /// Returns the selector for a configuration; empty if it uses no proxy.
  ///
  /// @throws IllegalArgumentException if an environment variable names a proxy that is not an HTTP
  ///   proxy
  static Optional<ProxySelector> of(ProxyOptions config, Map<String, String> environment) {
    if (config.fromEnvironment()) {
      return Optional.of(
          new ProxyRules(
              proxy("HTTP_PROXY", variable(environment, "HTTP_PROXY")),
              proxy("HTTPS_PROXY", variable(environment, "HTTPS_PROXY")),
              variable(environment, "NO_PROXY"),
              true));
    }
    if (config.url().isEmpty()) {
      return Optional.empty();
    }
    InetSocketAddress proxy = proxy("proxy_url", config.url());
    return Optional.of(new ProxyRules(proxy, proxy, config.noProxy(), false));
  }

  private static String variable(Map<String, String> environment, String name) {
    String upper = environment.getOrDefault(name, "");
    return upper.isEmpty() ? environment.getOrDefault(name.toLowerCase(Locale.ROOT), "") : upper;
  }

  private static @Nullable InetSocketAddress proxy(String name, String text) {
    if (text.isEmpty()) {
      return null;
    }
    URI uri;
    try {
      uri = URI.create(text.contains("://") ? text : "http://" + text);
    } catch (IllegalArgumentException _) {
      // The cause is omitted, because its message contains the URL, which may contain a password.
      throw new IllegalArgumentException(name + " is not a URL, expected http://host:port");
    }
    if (!"http".equalsIgnoreCase(uri.getScheme())
        || uri.getHost() == null
        || uri.getRawUserInfo() != null) {
      throw new IllegalArgumentException(
          name + ": only HTTP proxies without a password are supported, expected http://host:port");
    }
    return InetSocketAddress.createUnresolved(uri.getHost(), BaseUrl.port(uri));
  }

  @Override
  public List<Proxy> select(URI uri) {
    InetSocketAddress proxy = "https".equalsIgnoreCase(uri.getScheme()) ? https : http;
    String host = uri.getHost() == null ? "" : uri.getHost().toLowerCase(Locale.ROOT);
    if (proxy == null || isException(host, BaseUrl.port(uri))) {
      return List.of(Proxy.NO_PROXY);
    }
    return List.of(
        new Proxy(Proxy.Type.HTTP, new InetSocketAddress(proxy.getHostString(), proxy.getPort())));
  }

  private boolean isException(String host, int port) {
    String bare = IpAddress.withoutBrackets(host);
    Optional<InetAddress> address = IpAddress.parse(bare);
    boolean local =
        host.equals("localhost") || address.filter(InetAddress::isLoopbackAddress).isPresent();
    if (fromEnvironment && local) {
      return true;
    }
    return exceptions.stream().anyMatch(exception -> matches(exception, bare, port, address));
  }

  private static boolean matches(
      String exception, String host, int port, Optional<InetAddress> address) {
    if (exception.equals("*")) {
      return true;
    }
    if (exception.indexOf('/') > 0) {
      return address.filter(it -> inNetwork(exception, it)).isPresent();
    }
    String name = exception;
    int colon = exception.lastIndexOf(':');
    if (colon > 0 && exception.indexOf(':') == colon) {
      if (!exception.substring(colon + 1).equals(Integer.toString(port))) {
        return false;
      }
      name = exception.substring(0, colon);
    }
    String domain = name.startsWith("*.") ? name.substring(1) : name;
    return domain.startsWith(".")
        ? host.endsWith(domain)
        : host.equals(domain) || (address.isEmpty() && host.endsWith("." + domain));
  }

  private static boolean inNetwork(String network, InetAddress address) {
    try {
      return Cidr.parse(network).contains(address);
    } catch (IllegalArgumentException _) { // not a block of addresses, so it contains no address
      return false;
    }
  }

  @Override
  public void connectFailed(URI uri, SocketAddress address, IOException failure) {
    // Nothing to do: the caller receives the exception.
  }
}
