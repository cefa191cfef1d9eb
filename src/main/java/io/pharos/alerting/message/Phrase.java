package io.pharos.alerting.message;

/// All texts of built-in messages in all languages. Each `%s` is a value; the values have the same
/// order in every language. A new language is one more constructor argument, so that no text can be
/// forgotten.
public enum Phrase {
  FIRING("FIRING", "告警中"),
  RESOLVED("RESOLVED", "已恢复"),
  STATE_ON_CALL("ON CALL", "值班"),
  SEVERAL_ALERTS("Several alerts", "多项告警"),
  VALUE("Value", "当前值"),
  WORST("Worst", "最差值"),
  SINCE("Since", "开始于"),
  LASTED("Lasted", "持续"),
  WHERE("Where", "位置"),
  ALERTS("Alerts", "告警"),
  ALERT("ALERT", "告警"),
  SINCE_FOR("%s, for %s", "%s，已持续 %s"),
  FROM_TO("%s to %s", "%s 至 %s"),
  ALERT_COUNT("%s alerts", "%s 条告警"),
  FIRING_COUNT("%s firing", "%s 条告警中"),
  FIRING_AND_RESOLVED("%s firing, %s resolved", "%s 条告警中，%s 条已恢复"),
  RESOLVED_COUNT("%s resolved", "%s 条已恢复"),
  AFTER("after %s", "历时 %s"),
  SPAN_AND_RANGE("%s, %s", "%s（%s）"),
  IT_WAS("Problem was: %s", "此前：%s"),
  RESOLVED_AFTER("Resolved after %s", "已恢复，历时 %s"),
  MORE("+%s more", "另有 %s 条"),
  NEW("new", "新增"),
  NEW_SINCE_LAST("New: %s", "新增：%s"),
  RESOLVED_SINCE_LAST("Resolved since the last message: %s", "上次通知后已恢复：%s"),
  INCIDENT("Incident", "事件"),
  ON_CALL("On call", "值班表"),
  RUNBOOK("Runbook", "处理手册"),
  GRAPH("Graph", "图表"),
  DASHBOARD("Dashboard", "仪表盘"),
  ACKNOWLEDGE("Acknowledge", "认领"),
  ACKNOWLEDGED("Acknowledged", "已认领"),
  SILENCE("Silence", "静默"),
  WHY_SENT("Sent to %s: %s", "发送给 %s：%s"),
  DELIVERY("Delivery %s", "投递编号 %s"),
  POSSIBLE_DUPLICATE(
      "Possibly a duplicate: the database was unavailable when this was sent.",
      "可能是重复通知：发送时数据库不可用。"),
  TEMPLATE_FAILED(
      "The template of %s failed, so the built-in text is used: %s", "%s 的模板出错，故改用内置文本：%s"),
  TEXT_TOO_LONG("The text of %s was too long, so the built-in text is used.", "%s 的文本过长，故改用内置文本。"),
  MARKUP_REFUSED(
      "The markup of %s was rejected, so the text is sent without it.", "%s 的标记被拒绝，故改发纯文本。"),
  SECONDS("%s s", "%s 秒"),
  MINUTES("%s min", "%s 分钟"),
  HOURS("%s h", "%s 小时"),
  HOURS_MINUTES("%s h %s min", "%s 小时 %s 分钟"),
  DAYS("%s d", "%s 天"),
  DAYS_HOURS("%s d %s h", "%s 天 %s 小时"),
  SEVERITY_CRITICAL("CRITICAL", "严重"),
  SEVERITY_ERROR("ERROR", "错误"),
  SEVERITY_WARNING("WARNING", "警告"),
  SEVERITY_INFO("INFO", "提示"),
  SEVERITY_DRILL("DRILL", "演练"),
  REASON_FIRST("first notification", "首次通知"),
  REASON_NEW_ALERTS("new alerts in the group", "组内有新告警"),
  REASON_ALL_RESOLVED("all alerts are resolved", "全部告警已恢复"),
  REASON_SOME_RESOLVED("some alerts are resolved", "部分告警已恢复"),
  REASON_REPEAT("repeat interval has passed", "仍未恢复，按间隔重复通知"),
  REASON_FALLBACK("another receiver could not be notified", "原接收器未能送达"),
  REASON_MORE_SEVERE("more severe than what was acknowledged", "比已认领的告警更严重"),
  REASON_ACKNOWLEDGEMENT_EXPIRED("the acknowledgement has expired", "认领已到期"),
  REASON_ACKNOWLEDGEMENT_RELEASED("the acknowledgement was released", "认领已解除"),
  REASON_ESCALATED("the policy escalated", "按策略升级"),
  REASON_STILL_ON_IT("the acknowledgement ends soon, unless it is renewed", "认领即将到期，请续期"),
  STILL_ON_IT("Still on it? %s", "仍在处理？%s"),
  TAKE_OVER("Still on it / take over", "仍在处理 / 接手"),
  CARD_PARTLY("%s has acknowledged it; %s more must", "%s 已认领，还需 %s 人"),
  REASON_AND_STEP("%s; %s", "%s；%s"),
  STEP_LEVEL("%s, level %s", "%s 第 %s 级"),
  STEP_UNACKNOWLEDGED("%s: nobody has acknowledged it for %s", "%s：已 %s 无人认领"),
  STEP_NOBODY_REACHED("%s: nobody on the level before could be reached", "%s：上一级无人可联系"),
  STEP_NEXT_WAY("%s: another way to %s did not confirm", "%s：联系 %s 的另一方式未确认送达"),
  STEP_OWNER("%s: %s has it", "%s：%s 已认领"),
  STEP_FALLBACK("%s: nobody could be reached", "%s：无人可联系"),
  REASON_SHIFT("your shift has begun", "你的班次已开始"),
  REASON_STORM("many groups at once, combined into one message", "告警过多，多组合并为一条通知"),
  REASON_TEST("a test message", "测试消息"),
  TEST_TITLE("Test message", "测试消息"),
  TEST_SUMMARY(
      "If you can read this, the receiver %s works. Nothing is wrong.",
      "能看到这条消息，说明接收器 %s 工作正常。并没有故障。"),
  PROBE_NAME("probe %s", "探测 %s"),
  LIMIT("limit %s", "阈值 %s"),
  AT_LEAST("at least %s expected", "应不低于 %s"),
  IN_BRACKETS("%s (%s)", "%s（%s）"),
  LABEL("%s: %s", "%s：%s"),
  SEPARATOR(", ", "、"),
  ACKNOWLEDGE_HOUR("Acknowledge 1 h", "认领 1 小时"),
  RELEASE("Release", "解除认领"),
  CARD_HELD("%s has it", "%s 已认领"),
  CARD_HELD_UNTIL("%s has it until %s", "%s 已认领，至 %s"),
  CARD_ENDED("Ended at %s", "已于 %s 结束"),
  CARD_CONTINUED("Continued in a newer message", "已在新消息中继续"),
  CARD_FIRING("%s alerts fire now", "当前有 %s 条告警"),
  CARD_MUTED("%s of %s alerts are muted", "%s 条（共 %s 条）告警已静默"),
  PRESS_RELEASED("The acknowledgement was released.", "认领已解除。"),
  PRESS_REPEATED("Nothing changed: somebody pressed before you.", "无变化：已有人先按下。"),
  PRESS_ENDED("The incident has ended.", "事件已结束。"),
  PRESS_EXPIRED("This button is too old. Use the newest message.", "按钮已过期，请使用最新消息。"),
  PRESS_FORGED("This button is not valid here.", "此按钮在这里无效。"),
  PRESS_EARLY("The incident is not recorded yet. Press again in some seconds.", "事件尚未记录，请稍后再按。"),
  PRESS_AWAY(
      "Nothing changed, because the store is unavailable. Press again in some seconds.",
      "存储不可用，未作更改，请稍后再按。");

  private final String english;
  private final String chinese;

  Phrase(String english, String chinese) {
    this.english = english;
    this.chinese = chinese;
  }

  /// Formats the text in a language.
  public String in(Language language, Object... values) {
    String text =
        switch (language) {
          case ENGLISH -> english;
          case CHINESE -> chinese;
        };
    return values.length == 0 ? text : text.formatted(values);
  }
}
