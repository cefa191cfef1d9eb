package io.pharos.config.http;

/// The HTTP proxy of a connection: none, a given one, or the one that the environment variables
/// `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY` set.
///
/// @param url `http://host:port`; empty for no proxy
/// @param noProxy hosts, domains, addresses and networks to connect to directly, separated by
///   commas
/// @param fromEnvironment whether the environment variables decide; the other parameters are empty
///   then
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
