//! Messages filled for the customer, from the view and the program that decided.

use crate::check::rules::{Attribute, Content, Need, Origin, Piece, Template};
use crate::value::Typed;

use super::{Answer, Engine, RenderError};

impl Engine {
    /// Appends field `field` (`subject`, `text` ...) of treatment `n` (from 0), filled for the customer.
    ///
    /// The text is that of the rules and of the customer's state at the decision, whatever was swapped in or
    /// put since. Dates are written `2026-10-01`, money `EUR 12.50`, lists with a comma between.
    ///
    /// # Errors
    /// [`RenderError`]; `into` is unchanged then.
    pub fn render(
        &self,
        answer: &Answer,
        n: usize,
        field: &str,
        into: &mut String,
    ) -> Result<(), RenderError> {
        let content = answer.content(n).ok_or(RenderError::NoTreatment { n })?;
        let found = content.fields.iter().find(|(name, _)| name == field);
        let (_, template) =
            found.ok_or_else(|| RenderError::NoField { field: field.to_owned() })?;
        answer.fill(template, into);
        Ok(())
    }

    /// The names of the fields that treatment `n` (from 0) of an answer has, sorted; empty where there is no
    /// such treatment.
    #[must_use]
    pub fn fields<'a>(&self, answer: &'a Answer, n: usize) -> Vec<&'a str> {
        let fields = answer.content(n).map_or(&[][..], |content| content.fields.as_slice());
        fields.iter().map(|(name, _)| name.as_str()).collect()
    }
}

impl Answer {
    fn content(&self, n: usize) -> Option<&Content> {
        let hit = self.outcome.hits.get(n)?;
        let action = self.program.as_deref()?.rules.actions.get(hit.action as usize)?;
        let message = action.messages.iter().find(|m| m.channel == hit.channel as usize)?;
        message.contents.get(hit.content as usize)
    }

    fn fill(&self, template: &Template, into: &mut String) {
        for piece in template {
            match piece {
                Piece::Text(text) => into.push_str(text),
                Piece::Attribute { attribute, otherwise } => {
                    let rules = self.program.as_deref().map(|program| &program.rules);
                    let found = rules.and_then(|rules| rules.attributes.get(*attribute));
                    let Some(found) = found else { continue };
                    match self.value(found) {
                        Some(Typed::Some(values)) => into.push_str(&values.join(", ")),
                        Some(value) => into.push_str(&value.show(&found.kind)),
                        None => into.push_str(otherwise.as_deref().unwrap_or_default()),
                    }
                }
            }
        }
    }

    fn value(&self, attribute: &Attribute) -> Option<Typed> {
        // A message never shows the request's attributes: the checker refuses it.
        let raw = match attribute.origin {
            Origin::Customer => self.view.raw(&attribute.name, &attribute.was),
            Origin::Request | Origin::Event => None,
        };
        let value = raw.and_then(|raw| attribute.read(&raw).ok()).flatten();
        match &attribute.need {
            Need::Default(default) => value.or_else(|| Some(default.clone())),
            Need::Required | Need::Optional => value,
        }
    }
}
