package io.pharos.alerting.channel;

import io.pharos.alerting.pipeline.Notifier;
import io.pharos.alerting.pipeline.NotifyResult;
import io.pharos.config.alertmanager.IntegrationConfig;
import io.pharos.config.alertmanager.SecretFiles;
import io.pharos.config.http.Secret;
import io.pharos.config.http.SecretSource;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicReference;

/// Replaces the secrets of an integration in a text, in all encodings in which they are sent.
public final class SecretMask {
  /// Minimum number of characters of a secret. Shorter values are ignored: masking them would make
  /// texts unreadable.
  private static final int MIN_SECRET = 4;

  /// Minimum number of characters of a token in a URL's path. Shorter parts are not masked, because
  /// they are words.
  private static final int MIN_PATH_PART = 8;

  private static final String ELLIPSIS = "…";

  /// The secrets, longest first. A secret may contain a shorter secret and must be masked as a
  /// whole.
  private final List<String> secrets;

  private final List<String> values;

  private SecretMask(List<String> values) {
    this.values = values;
    var forms = new TreeSet<String>();
    values.forEach(value -> add(forms, value));
    this.secrets =
        forms.stream()
            .filter(secret -> secret.length() >= MIN_SECRET)
            .sorted(Comparator.comparingInt(String::length).reversed())
            .toList();
  }

  /// Reads the secrets now. Unreadable secret files are ignored.
  public static SecretMask of(List<SecretSource> sources) {
    return new SecretMask(read(sources));
  }

  private static List<String> read(List<SecretSource> sources) {
    var values = new ArrayList<String>(sources.size());
    for (SecretSource source : sources) {
      try {
        source.read().ifPresent(values::add);
      } catch (IOException _) { // an unreadable secret is not sent
      }
    }
    return values;
  }

  /// Wraps a notifier so that its results and errors contain no secrets of its integration, even if
  /// the receiver's answer repeats them. Ledger, log and pages show the results and errors.
  public static Notifier masking(IntegrationConfig integration, Notifier notifier) {
    List<SecretSource> secrets = SecretFiles.secrets(integration);
    var latest = new AtomicReference<>(new SecretMask(List.of()));
    return (notification, deadline) -> {
      // The secrets are read just before the call, because the call sends the same values.
      List<String> values = read(secrets);
      SecretMask mask =
          latest.updateAndGet(
              known -> known.values.equals(values) ? known : new SecretMask(values));
      try {
        return switch (notifier.notify(notification, deadline)) {
          case NotifyResult.Sent(String answer) -> new NotifyResult.Sent(mask.apply(answer));
          case NotifyResult.Retryable(String reason, var after) ->
              new NotifyResult.Retryable(mask.apply(reason), after);
          case NotifyResult.Rejected(String reason) ->
              new NotifyResult.Rejected(mask.apply(reason));
          case NotifyResult.NotConfigured(String missing) ->
              new NotifyResult.NotConfigured(mask.apply(missing));
        };
      } catch (RuntimeException e) {
        String text = e.toString();
        String masked = mask.apply(text);
        if (masked.equals(text)) {
          throw e;
        }
        // The cause is left out, because its message contains the secret.
        throw new IllegalStateException(masked);
      }
    };
  }

  private static void add(Set<String> forms, String secret) {
    addForms(forms, secret);
    if (secret.contains("://")) {
      addParts(forms, secret);
    }
  }

  private static void addForms(Set<String> forms, String secret) {
    forms.add(secret);
    forms.add(secret.replaceAll("\\s+", " ")); // the form in answers, which are shown in one line
    forms.add(URLEncoder.encode(secret, StandardCharsets.UTF_8));
    forms.add(secret.replace("/", "\\/"));
    forms.add(secret.replace("\"", "\\\""));
    forms.add(secret.replace("&", "&amp;"));
    byte[] bytes = secret.getBytes(StandardCharsets.UTF_8);
    for (int before = 0; before < 3; before++) {
      String encoded = inBase64(bytes, before);
      forms.add(encoded);
      forms.add(encoded.replace('+', '-').replace('/', '_'));
    }
  }

  /// Returns the Base64 characters that depend on the secret alone, not on the bytes before and
  /// after it. For example, a user's name precedes a password in `Basic`.
  ///
  /// @param before number of bytes before the secret, modulo 3
  private static String inBase64(byte[] secret, int before) {
    var bytes = new byte[before + secret.length];
    System.arraycopy(secret, 0, bytes, before, secret.length);
    String encoded = Base64.getEncoder().withoutPadding().encodeToString(bytes);
    return encoded.substring((before * 8 + 5) / 6, bytes.length * 8 / 6);
  }

  /// Adds the parts of a URL that a receiver may repeat.
  private static void addParts(Set<String> forms, String url) {
    URI uri;
    try {
      uri = URI.create(url);
    } catch (IllegalArgumentException _) { // not a URL, so no request is sent to it
      return;
    }
    var parts = new ArrayList<String>();
    if (uri.getRawUserInfo() != null) {
      parts.addAll(List.of(uri.getRawUserInfo().split(":")));
      addForms(forms, uri.getRawUserInfo());
    }
    if (uri.getRawPath() != null) {
      for (String part : uri.getRawPath().split("/")) {
        if (part.length() >= MIN_PATH_PART) {
          parts.add(part);
        }
      }
    }
    if (uri.getRawQuery() != null) {
      for (String part : uri.getRawQuery().split("&")) {
        parts.add(part.substring(part.indexOf('=') + 1));
      }
    }
    parts.forEach(part -> addForms(forms, part));
  }

  /// Returns the text with every secret masked.
  public String apply(String text) {
    String masked = text;
    for (String secret : secrets) {
      masked = masked.replace(secret, Secret.MASK);
    }
    return maskCut(masked);
  }

  /// Masks the beginning of a secret before each `…`, where an answer was truncated.
  private String maskCut(String text) {
    String masked = text;
    for (int cut = masked.lastIndexOf(ELLIPSIS);
        cut >= 0;
        cut = masked.lastIndexOf(ELLIPSIS, cut - 1)) {
      for (String secret : secrets) {
        int length = lengthBeforeCut(masked, cut, secret);
        if (length > 0) {
          masked = masked.substring(0, cut - length) + Secret.MASK + masked.substring(cut);
          cut -= length;
        }
      }
    }
    return masked;
  }

  /// Returns how many characters immediately before a cut are the beginning of a secret; 0 if they
  /// are too few to matter. Scheme and host of a URL are not secret.
  private static int lengthBeforeCut(String text, int cut, String secret) {
    int scheme = secret.indexOf("://");
    int path = scheme < 0 ? -1 : secret.indexOf('/', scheme + 3);
    int min = scheme < 0 ? MIN_SECRET : path < 0 ? secret.length() : path + MIN_SECRET;
    for (int length = Math.min(secret.length() - 1, cut); length >= min; length--) {
      if (text.startsWith(secret.substring(0, length), cut - length)) {
        return length;
      }
    }
    return 0;
  }
}
