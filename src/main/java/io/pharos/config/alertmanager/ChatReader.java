package io.pharos.config.alertmanager;

import io.pharos.config.http.HttpReader;
import io.pharos.config.http.SecretReader;
import io.pharos.config.http.SecretSource;
import io.pharos.config.http.UrlReader;
import io.pharos.config.yaml.YamlMap;
import io.pharos.config.yaml.YamlValue;
import io.pharos.model.Quoted;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Reads the receivers that put a message into a chat or on a phone: Telegram, Discord, Microsoft
/// Teams, WeCom applications and Pushover.
final class ChatReader {
  private static final Set<String> PARSE_MODES = Set.of("", "HTML", "Markdown", "MarkdownV2");
  private static final Set<String> MESSAGE_TYPES = Set.of("text", WeChatConfig.MARKDOWN);
  private static final Pattern GO_DURATION =
      Pattern.compile("(?:[0-9]++(?:\\.[0-9]*+)?+(?:ms|s|m|h)){1,16}");
  private static final Pattern GO_DURATION_PART =
      Pattern.compile("(?<![0-9.])([0-9]++(?:\\.[0-9]*+)?+)(ms|s|m|h)");

  private final SecretReader secrets;
  private final HttpReader http;
  private final GlobalConfig global;

  ChatReader(SecretReader secrets, HttpReader http, GlobalConfig global) {
    this.secrets = secrets;
    this.http = http;
    this.global = global;
  }

  TelegramConfig telegram(YamlMap map) {
    SecretSource token = secrets.read(map, "bot_token");
    if (!token.isSet()) {
      throw map.error("one of bot_token or bot_token_file must be given");
    }
    long chat =
        map.get("chat_id").map(value -> value.parse("a whole number", Long::parseLong)).orElse(0L);
    if (chat == 0) {
      throw map.error("missing chat_id in Telegram config, expected a number other than 0");
    }
    String parseMode = map.string("parse_mode", TelegramConfig.HTML);
    if (!PARSE_MODES.contains(parseMode)) {
      throw map.require("parse_mode")
          .error("expected HTML, Markdown, MarkdownV2 or \"\", found " + Quoted.of(parseMode));
    }
    var telegram =
        new TelegramConfig(
            map.bool("send_resolved", true),
            http.read(map, global.http()),
            UrlReader.read(map, "api_url", global.services().telegramApiUrl()),
            token,
            chat,
            map.integer("message_thread_id", 0),
            map.string("message", TelegramConfig.DEFAULT_MESSAGE),
            map.bool("disable_notifications", false),
            parseMode);
    map.finish();
    return telegram;
  }

  DiscordConfig discord(YamlMap map) {
    var discord =
        new DiscordConfig(
            map.bool("send_resolved", true),
            http.read(map, global.http()),
            webhookUrl(map),
            map.string("content", ""),
            map.string("title", DiscordConfig.DEFAULT_TITLE),
            map.string("message", DiscordConfig.DEFAULT_MESSAGE),
            map.string("username", ""),
            map.string("avatar_url", ""));
    map.finish();
    return discord;
  }

  MsTeamsConfig msTeams(YamlMap map) {
    var teams =
        new MsTeamsConfig(
            map.bool("send_resolved", true),
            http.read(map, global.http()),
            webhookUrl(map),
            map.string("title", MsTeamsConfig.DEFAULT_TITLE),
            map.string("summary", MsTeamsConfig.DEFAULT_SUMMARY),
            map.string("text", MsTeamsConfig.DEFAULT_TEXT));
    map.finish();
    return teams;
  }

  MsTeamsV2Config msTeamsV2(YamlMap map) {
    var teams =
        new MsTeamsV2Config(
            map.bool("send_resolved", true),
            http.read(map, global.http()),
            webhookUrl(map),
            map.string("title", MsTeamsV2Config.DEFAULT_TITLE),
            map.string("text", MsTeamsV2Config.DEFAULT_TEXT));
    map.finish();
    return teams;
  }

  private SecretSource webhookUrl(YamlMap map) {
    SecretSource url = secrets.readUrl(map, "webhook_url");
    if (!url.isSet()) {
      throw map.error("one of webhook_url or webhook_url_file must be given");
    }
    return url;
  }

  WeChatConfig weChat(YamlMap map) {
    SecretSource own = secrets.read(map, "api_secret");
    SecretSource secret = own.isSet() ? own : global.services().weChatApiSecret();
    if (!secret.isSet()) {
      throw map.error("no api_secret and no global wechat_api_secret is set");
    }
    String corpId = map.string("corp_id", global.services().weChatCorpId());
    if (corpId.isEmpty()) {
      throw map.error("no corp_id and no global wechat_api_corp_id is set");
    }
    String given = map.string("message_type", "");
    String type = given.isEmpty() ? "text" : given;
    if (!MESSAGE_TYPES.contains(type)) {
      throw map.require("message_type")
          .error("expected text or markdown, found " + Quoted.of(type));
    }
    var weChat =
        new WeChatConfig(
            map.bool("send_resolved", false),
            http.read(map, global.http()),
            secret,
            corpId,
            UrlReader.readFolder(map, "api_url", global.services().weChatApiUrl()),
            map.string("message", WeChatConfig.DEFAULT_MESSAGE),
            type,
            map.string("to_user", "{{ template \"wechat.default.to_user\" . }}"),
            map.string("to_party", "{{ template \"wechat.default.to_party\" . }}"),
            map.string("to_tag", "{{ template \"wechat.default.to_tag\" . }}"),
            map.string("agent_id", "{{ template \"wechat.default.agent_id\" . }}"));
    map.finish();
    return weChat;
  }

  PushoverConfig pushover(YamlMap map) {
    SecretSource user = secrets.read(map, "user_key");
    if (!user.isSet()) {
      throw map.error("one of user_key or user_key_file must be given");
    }
    SecretSource token = secrets.read(map, "token");
    if (!token.isSet()) {
      throw map.error("one of token or token_file must be given");
    }
    boolean html = map.bool("html", false);
    boolean monospace = map.bool("monospace", false);
    if (html && monospace) {
      throw map.error("at most one of html and monospace may be given");
    }
    var pushover =
        new PushoverConfig(
            map.bool("send_resolved", true),
            http.read(map, global.http()),
            user,
            token,
            map.string("title", PushoverConfig.DEFAULT_TITLE),
            map.string("message", PushoverConfig.DEFAULT_MESSAGE),
            map.string("url", PushoverConfig.DEFAULT_URL),
            map.string("url_title", ""),
            map.string("device", ""),
            map.string("sound", ""),
            map.string("priority", PushoverConfig.DEFAULT_PRIORITY),
            goDuration(map, "retry", Duration.ofMinutes(1)),
            goDuration(map, "expire", Duration.ofHours(1)),
            goDuration(map, "ttl", Duration.ZERO),
            html,
            monospace);
    map.finish();
    return pushover;
  }

  /// A duration in Go's notation, which has fractions and no days.
  private static Duration goDuration(YamlMap map, String key, Duration otherwise) {
    return map.get(key).map(ChatReader::goDuration).orElse(otherwise);
  }

  private static Duration goDuration(YamlValue value) {
    String text = value.asString();
    if (!GO_DURATION.matcher(text).matches()) {
      throw value.error("expected a duration such as 30s or 1h30m, found " + Quoted.of(text));
    }
    var millis = BigDecimal.ZERO;
    Matcher part = GO_DURATION_PART.matcher(text);
    while (part.find()) {
      int unit =
          switch (part.group(2)) {
            case "h" -> 3_600_000;
            case "m" -> 60_000;
            case "s" -> 1000;
            default -> 1;
          };
      millis = millis.add(new BigDecimal(part.group(1)).multiply(BigDecimal.valueOf(unit)));
    }
    return Duration.ofMillis(millis.longValue());
  }
}
