package io.pharos.cli.serve;

import io.pharos.cli.command.Flags;
import io.pharos.cli.command.Flags.Flag;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// The other Pharos instances that receive reports of the same push probes.
///
/// @param tokenFile a file with the bearer token for these instances; empty for none
public record PushPeerOptions(List<URI> urls, Optional<Path> tokenFile) {
  /// Maximum number of addresses.
  static final int MAX_URLS = 16;

  static final List<Flag> FLAGS =
      List.of(
          new Flag(
              "probes.push-peers",
              "",
              "URLs of other Pharos instances that receive reports of the same push probes, such as"
                  + " https://pharos-2:9095,…. Reports to these instances are used here too; while one is unreachable, no report is treated as missing; empty: none"),
          new Flag(
              "probes.push-peers-token-file",
              "",
              "file with the bearer token (scope read) for these instances; empty: none"));

  public PushPeerOptions {
    urls = List.copyOf(urls);
  }

  static PushPeerOptions of(Flags flags) {
    List<URI> urls =
        flags
            .text("probes.push-peers")
            .map(
                text ->
                    Stream.of(text.split(",", -1)).map(word -> url(flags, word.strip())).toList())
            .orElse(List.of());
    if (urls.size() > MAX_URLS || new LinkedHashSet<>(urls).size() < urls.size()) {
      throw flags.refused("probes.push-peers", "at most " + MAX_URLS + " URLs, each once");
    }
    return new PushPeerOptions(urls, flags.path("probes.push-peers-token-file"));
  }

  private static URI url(Flags flags, String word) {
    try {
      URI url = new URI(word);
      if (List.of("http", "https").contains(String.valueOf(url.getScheme()))
          && url.getHost() != null
          && url.getUserInfo() == null
          && url.getRawQuery() == null
          && url.getRawFragment() == null) {
        return url;
      }
    } catch (URISyntaxException _) { // refused below, as is a wrong scheme
    }
    throw flags.refused("probes.push-peers", "http:// or https:// URLs, separated by commas");
  }
}
