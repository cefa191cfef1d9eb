package io.pharos.config.alertmanager;

import static java.util.Objects.requireNonNull;

import io.pharos.config.http.HttpOptions;
import io.pharos.config.http.SecretSource;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A message to Slack by incoming webhook (`slack_configs`). Texts are templates.
///
/// @param apiUrl the webhook; a secret
/// @param timeout how long one attempt may take; zero for the pipeline's deadline
public record SlackConfig(
    boolean sendResolved,
    HttpOptions http,
    SecretSource apiUrl,
    String channel,
    String username,
    String color,
    String title,
    String titleLink,
    String pretext,
    String text,
    List<Field> fields,
    boolean shortFields,
    String footer,
    String fallback,
    String callbackId,
    String iconEmoji,
    String iconUrl,
    String imageUrl,
    String thumbUrl,
    boolean linkNames,
    List<String> mrkdwnIn,
    List<Action> actions,
    Duration timeout)
    implements IntegrationConfig {
  public SlackConfig {
    requireNonNull(http, "http is null");
    requireNonNull(apiUrl, "apiUrl is null");
    fields = List.copyOf(fields);
    mrkdwnIn = List.copyOf(mrkdwnIn);
    actions = List.copyOf(actions);
    requireNonNull(timeout, "timeout is null");
  }

  @Override
  public String type() {
    return "slack";
  }

  @Override
  public Map<String, String> templates() {
    var texts = new LinkedHashMap<String, String>();
    texts.put("channel", channel());
    texts.put("username", username());
    texts.put("color", color());
    texts.put("title", title());
    texts.put("title_link", titleLink());
    texts.put("pretext", pretext());
    texts.put("text", text());
    texts.put("footer", footer());
    texts.put("fallback", fallback());
    texts.put("callback_id", callbackId());
    texts.put("icon_emoji", iconEmoji());
    texts.put("icon_url", iconUrl());
    texts.put("image_url", imageUrl());
    texts.put("thumb_url", thumbUrl());
    for (int i = 0; i < fields().size(); i++) {
      texts.put("fields[" + i + "].title", fields().get(i).title());
      texts.put("fields[" + i + "].value", fields().get(i).value());
    }
    for (int i = 0; i < actions().size(); i++) {
      texts.put("actions[" + i + "].text", actions().get(i).text());
      texts.put("actions[" + i + "].url", actions().get(i).url());
    }
    return texts;
  }

  /// A title and a value in the attachment.
  ///
  /// @param isShort whether it may share a row; already the config's `short_fields` where not given
  public record Field(String title, String value, boolean isShort) {}

  /// A button or menu of the attachment.
  public record Action(
      String type,
      String text,
      String url,
      String style,
      String name,
      String value,
      @Nullable Confirmation confirm) {}

  /// The question before an action.
  public record Confirmation(String text, String title, String okText, String dismissText) {}
}
