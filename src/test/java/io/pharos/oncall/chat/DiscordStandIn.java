package io.pharos.oncall.chat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// A Discord webhook as documented (discord.com/developers/docs/resources/webhook), over real
/// sockets.
final class DiscordStandIn extends HttpStandIn {
  static final String PATH = "/api/webhooks/1/SECRET-token";

  /// A message of the channel.
  static final class Shown {
    final String id;
    volatile JsonNode content;
    volatile int edits;

    Shown(String id, JsonNode content) {
      this.id = id;
      this.content = content;
    }

    String text() {
      return content.toString();
    }
  }

  private final Map<String, Shown> messages = new LinkedHashMap<>();
  private int last = 100;

  DiscordStandIn() throws IOException {}

  @Override
  synchronized Answer act(Request request) {
    String prefix = "PATCH " + PATH + "/messages/";
    if (request.name().startsWith(prefix)) {
      Shown message = messages.get(request.name().substring(prefix.length()));
      if (message == null) {
        return new Answer(404, "{\"message\":\"Unknown Message\",\"code\":10008}");
      }
      if (request.body().has("username")) {
        return new Answer(400, "{\"message\":\"Cannot be edited\",\"code\":50035}");
      }
      message.content = request.body();
      message.edits++;
      return Answer.ok("{\"id\":\"" + message.id + "\"}");
    }
    if (!request.name().equals("POST " + PATH)) {
      return new Answer(404, "{\"message\":\"Unknown Webhook\",\"code\":10015}");
    }
    var message = new Shown("9000000" + ++last, request.body());
    messages.put(message.id, message);
    return request.query().contains("wait=true")
        ? Answer.ok("{\"id\":\"" + message.id + "\",\"channel_id\":\"5\"}")
        : new Answer(204, "");
  }

  synchronized List<Shown> messages() {
    return List.copyOf(messages.values());
  }

  synchronized void delete(Shown message) {
    messages.remove(message.id);
  }
}
