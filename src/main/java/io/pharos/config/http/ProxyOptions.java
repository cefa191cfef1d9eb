package io.pharos.config.http;

/// The HTTP proxy for a connection: none, a given one, or that of the environment variables
/// `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY`.
///
/// @param url `http://host:port`; empty for no proxy
/// @param noProxy hosts, domains, addresses and networks to reach directly, separated by commas
/// @param fromEnvironment whether the environment decides; then the others are empty
public record ProxyOptions(String url, String noProxy, boolean fromEnvironment) {
  /// No proxy.
  public static final ProxyOptions NONE = new ProxyOptions("", "", false);

  public ProxyOptions {
    if (fromEnvironment && !(url.isEmpty() && noProxy.isEmpty())) {
      throw new IllegalArgumentException(
          "with proxy_from_environment neither proxy_url nor no_proxy may be given");
    }
    if (url.isEmpty() && !noProxy.isEmpty()) {
      throw new IllegalArgumentException("no_proxy needs proxy_url");
    }
  }
}
