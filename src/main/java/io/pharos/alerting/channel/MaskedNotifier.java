package io.pharos.alerting.channel;

import io.pharos.alerting.pipeline.Notification;
import io.pharos.alerting.pipeline.Notifier;
import io.pharos.alerting.pipeline.NotifyResult;
import io.pharos.config.alertmanager.IntegrationConfig;
import io.pharos.config.alertmanager.SecretFiles;
import io.pharos.config.http.SecretSource;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// Redacts an integration's secrets in answers and errors, in case a receiver repeats them. Wraps
/// every notifier, so that ledger, log and pages show no secrets.
public final class MaskedNotifier implements Notifier {
  private final List<SecretSource> secrets;
  private final Notifier notifier;

  /// @param integration configuration with the secrets
  public MaskedNotifier(IntegrationConfig integration, Notifier notifier) {
    this.secrets = SecretFiles.secrets(integration);
    this.notifier = notifier;
  }

  @Override
  public Optional<String> missing() {
    return notifier.missing();
  }

  @Override
  public NotifyResult notify(Notification notification, Instant deadline) {
    // Read before the call: these are the values that it sends.
    SecretMask mask = SecretMask.of(secrets);
    try {
      return switch (notifier.notify(notification, deadline)) {
        case NotifyResult.Sent(String answer) -> new NotifyResult.Sent(mask.apply(answer));
        case NotifyResult.Retryable(String reason, var after) ->
            new NotifyResult.Retryable(mask.apply(reason), after);
        case NotifyResult.Rejected(String reason) -> new NotifyResult.Rejected(mask.apply(reason));
        case NotifyResult.NotConfigured(String missing) ->
            new NotifyResult.NotConfigured(mask.apply(missing));
      };
    } catch (RuntimeException e) {
      String text = e.toString();
      String masked = mask.apply(text);
      if (masked.equals(text)) {
        throw e;
      }
      throw new IllegalStateException(masked); // without its cause, which contains the secret
    }
  }
}
