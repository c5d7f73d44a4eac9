"""The dialogs that make commands: from what is selected to what a person chose or typed."""
